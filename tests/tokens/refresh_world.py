"""One refresh chain in simulated time: the session row, two server nodes and the network."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final, Protocol

from webapp.sessions.causes import EndCause
from webapp.tokens import refresh_rule as rule
from webapp.tokens.refresh_rule import ChainState, EndSession, RefreshTiming, Reissue, RepeatSuccessor, Swap

SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
TIMING: Final = RefreshTiming(overlap=timedelta(seconds=60), deadline=timedelta(seconds=15))
OVERLAP: Final = 60 * SECOND
DEADLINE: Final = 15 * SECOND
DISK: Final = 30 * SECOND
TOKEN_LIFETIME: Final = 15 * MINUTE
AGES: Final = tuple(
    edge + step
    for edge in (
        DEADLINE,
        OVERLAP,
        OVERLAP + DEADLINE,
        OVERLAP + 2 * DEADLINE,
        OVERLAP + DEADLINE + DISK,
        2 * OVERLAP,
    )
    for step in (-DEADLINE, -1, 0, 1)
)
"""Ages of the last swap worth waiting for: each boundary, and what is sent a deadline before it."""

START: Final = datetime(2030, 1, 1, tzinfo=UTC)
AT_SIGN_IN: Final = ChainState(counter=1, received=1, rotated_at=None, swapper_user_agent=None)
HONEST_AGENT: Final = rule.digest_user_agent("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")


class ChainStore(Protocol):
    """The session row as one server node sees it; each call is a transaction of its own."""

    def read(self) -> ChainState | None:
        """Return the chain, or None once the session has ended."""

    def swap(self, expected: ChainState, new: ChainState) -> bool:
        """Write `new` if the row still holds `expected` and lives."""

    def end(self, expected: ChainState, cause: EndCause) -> bool:
        """End the session if the row still holds `expected` and lives."""


class MemoryStore:
    """A row in memory."""

    def __init__(self) -> None:
        self.state = AT_SIGN_IN
        self.cause: EndCause | None = None

    def read(self) -> ChainState | None:
        return None if self.cause else self.state

    def swap(self, expected: ChainState, new: ChainState) -> bool:
        if self.cause or self.state != expected:
            return False
        self.state = new
        return True

    def end(self, expected: ChainState, cause: EndCause) -> bool:
        if self.cause or self.state != expected:
            return False
        self.cause = cause
        return True


@dataclass(frozen=True)
class Rules:
    """The two functions under test, replaceable by broken ones."""

    refresh: Callable[[ChainState, int, datetime, bytes, RefreshTiming], rule.Decision] = rule.decide_refresh
    receipt: Callable[[ChainState, int, datetime, RefreshTiming], int | EndSession | None] = (
        rule.decide_receipt
    )


@dataclass(frozen=True)
class Answer:
    """What a refresh brings: a cookie, an access token (its counter), both, or neither (409 and 401)."""

    cookie: int | None = None
    rtc: int | None = None


@dataclass(frozen=True)
class AccessToken:
    rtc: int
    expires: int


@dataclass(frozen=True)
class Network:
    """Shares of requests and answers that are lost, and of those that are as slow as they can be."""

    lost_requests: float
    lost_answers: float
    slow: float


GOOD: Final = Network(0.0, 0.0, 0.0)
NETWORKS: Final = (
    GOOD,
    Network(0, 0, 0.5),
    Network(0, 0, 1),
    Network(0, 1, 0.5),
    Network(0.3, 0.3, 0.7),
    Network(1, 1, 0),
)


class World:
    """Time, network and the server nodes; every choice comes from `random`, so a run is its seed."""

    def __init__(self, random: Random, nodes: tuple[ChainStore, ...], rules: Rules | None = None) -> None:
        self.random, self.nodes, self.rules = random, nodes, rules or Rules()
        self.clock = 0
        self.network = GOOD
        self.ended: str | None = None
        self.grants: list[tuple[str, int]] = []
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def after(self, delay: int, act: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self.clock + delay, next(self._order), act))

    def advance(self, span: int) -> None:
        until = self.clock + span
        while self._events and self._events[0][0] <= until:
            self.clock, _, act = heapq.heappop(self._events)
            act()
        self.clock = until

    def advance_to_age(self, age: int) -> None:
        """Advance until the last swap is `age` old; not at all when it already is, or there was none."""
        state = self.nodes[0].read()
        if state is not None and state.rotated_at is not None:
            due = (state.rotated_at - START) // timedelta(milliseconds=1) + age
            self.advance(max(0, due - self.clock))

    def now(self) -> datetime:
        return START + timedelta(milliseconds=self.clock)

    def delay(self, limit: int) -> int:
        """A delay below `limit`: usual, or at an edge, or between."""
        if limit < 2 or self.random.random() >= self.network.slow:
            return min(20, max(0, limit - 1))
        return self.random.choice((0, limit - 1, limit - 1, self.random.randrange(limit)))

    def happens(self, share: float) -> bool:
        return share > 0 and self.random.random() < share

    def send_refresh(self, number: int, who: str, agent: bytes, take: Callable[[Answer], None]) -> None:
        """Bring a refresh to a node and its answer back, all within the deadline, or lose either on the way."""
        due = self.clock + DEADLINE
        if not self.happens(self.network.lost_requests):
            self.after(self.delay(DEADLINE), lambda: self._decide_refresh(number, who, agent, take, due))

    def _decide_refresh(
        self, number: int, who: str, agent: bytes, take: Callable[[Answer], None], due: int
    ) -> None:
        node, moment = self.random.choice(self.nodes), self.now()
        state = node.read()
        if state is None:
            return self._answer(Answer(), take, due)
        decision = self.rules.refresh(state, number, moment, agent, TIMING)

        def write() -> None:
            done, answer = True, Answer()
            if isinstance(decision, Swap):
                new = ChainState(decision.new_counter, decision.new_received, moment, agent)
                done, answer = node.swap(state, new), Answer(new.counter, new.counter)
            elif isinstance(decision, EndSession):
                done = node.end(state, decision.cause)
                self.ended = (
                    f"{decision.cause}: {who} showed {number} to {_brief(state)} at {moment}"
                    if done
                    else self.ended
                )
            elif isinstance(decision, RepeatSuccessor):
                answer = Answer(decision.number, state.counter)
            elif isinstance(decision, Reissue):
                answer = Answer(None, state.counter)
            if not done:
                return self._decide_refresh(number, who, agent, take, due)
            if answer.rtc is not None:
                self.grants.append((who, number))
            return self._answer(answer, take, due)

        return self.after(self.delay(due - self.clock), write)

    def _answer(self, answer: Answer, take: Callable[[Answer], None], due: int) -> None:
        if not self.happens(self.network.lost_answers) and self.clock < due:
            self.after(self.delay(due - self.clock), lambda: take(answer))

    def send_call(self, token: AccessToken, who: str) -> None:
        """Bring an access token to this application's API, where it may prove that its cookie arrived."""
        if token.expires > self.clock and not self.happens(self.network.lost_requests):
            self.after(self.delay(DEADLINE), lambda: self._decide_receipt(token, who))

    def _decide_receipt(self, token: AccessToken, who: str) -> None:
        node = self.random.choice(self.nodes)
        while (state := node.read()) is not None and token.expires > self.clock:
            decision = self.rules.receipt(state, token.rtc, self.now(), TIMING)
            if isinstance(decision, EndSession):
                if node.end(state, decision.cause):
                    self.ended = f"{decision.cause}: {who} called with rtc {token.rtc} to {_brief(state)}"
                    return
            elif decision is None or node.swap(state, replace(state, received=decision)):
                return


def _brief(state: ChainState) -> str:
    return f"counter {state.counter}, received {state.received}, rotated at {state.rotated_at}"
