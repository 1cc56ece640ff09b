"""What a presented refresh token earns: the table of docs/decisions/0002-refresh-rule.md as two pure functions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from webapp.sessions.causes import EndCause

COOKIE_REACHES_DISK: Final = timedelta(seconds=30)
"""How long a browser may keep a new cookie in memory alone (Chromium writes every 30 s)."""

_VERSION_NUMBERS: Final = re.compile(r"[0-9._]+")


@dataclass(frozen=True, slots=True)
class ChainState:
    """The chain columns of one session row.

    `counter` is the newest number handed out, `received` the highest number proven to be kept by the browser
    (received <= counter), `rotated_at` the time of the last swap (None until the first), `swapper_user_agent`
    the digest of the browser that made it (None: unknown, not compared).
    """

    counter: int
    received: int
    rotated_at: datetime | None
    swapper_user_agent: bytes | None


@dataclass(frozen=True, slots=True)
class RefreshTiming:
    """Overlap W, in which a spent token repeats its successor, and deadline D, after which clients drop an answer."""

    overlap: timedelta
    deadline: timedelta

    @property
    def settled(self) -> timedelta:
        """The age at which the newest cookie is on the disk of every browser that holds it: 2W."""
        return 2 * self.overlap

    @property
    def keeps_promise(self) -> bool:
        """Whether 2W covers the last repeat (W), its answer, a request on its way (D each) and the disk."""
        return self.overlap >= 2 * self.deadline + COOKIE_REACHES_DISK


@dataclass(frozen=True, slots=True)
class Reissue:
    """200 with an access token for the present counter; no cookie, no write."""


@dataclass(frozen=True, slots=True)
class RepeatSuccessor:
    """200 with an access token and the identical cookie `number`, derived again from the row; no write."""

    number: int


@dataclass(frozen=True, slots=True)
class Swap:
    """Write counter, received, rotated_at = now and the presenter's User-Agent; 200 with both new tokens."""

    new_counter: int
    new_received: int


@dataclass(frozen=True, slots=True)
class RetryLater:
    """409 refresh_retry: nothing is written, a retry within 2D succeeds or is decided otherwise."""


@dataclass(frozen=True, slots=True)
class EndSession:
    """401: end the session with this cause."""

    cause: EndCause


Decision = Reissue | RepeatSuccessor | Swap | RetryLater | EndSession

_REUSE: Final = EndSession(EndCause.REFRESH_TOKEN_REUSED)


def decide_refresh(
    state: ChainState, presented: int, now: datetime, user_agent_digest: bytes, timing: RefreshTiming
) -> Decision:
    """Decide one refresh of a living session whose proof of possession, if bound, was found right.

    The rows stand in the order of the table. A replay is any authentic token with a spent number, whatever its
    age: one from another User-Agent than that of the last swap is reuse in every row below `n < c` (repeat, wait,
    lost answer, straggler). The newest number is no replay, so there the User-Agent may change.
    A caller records each replay (`presented < state.counter`) as an event, whatever the decision.
    """
    n, c, r = presented, state.counter, state.received
    w, d = timing.overlap, timing.deadline
    a = _age(state, now)
    if n > c:
        return EndSession(EndCause.STATE_LOST)
    if n == c:
        return Swap(new_counter=c + 1, new_received=n) if a >= timing.settled else Reissue()
    if state.swapper_user_agent not in (None, user_agent_digest):
        return _REUSE
    if n == r:
        if a < w:
            return RepeatSuccessor(c)
        # An answer with the successor may still be on its way until W + D, a request sent before it until W + 2D.
        if a < w + 2 * d:
            return RetryLater()
        return Swap(new_counter=c + 1, new_received=n)
    if n >= c - 2 and a < d:
        return RetryLater()
    return _REUSE


def decide_receipt(
    state: ChainState, rtc: int, now: datetime, timing: RefreshTiming
) -> int | EndSession | None:
    """Decide what an access token issued at counter `rtc` proves when it reaches this application's own API.

    Returns the new `received`, the end of the session (a token of a number declared void), or None for nothing.
    """
    a = _age(state, now)
    if state.received < rtc < state.counter and a >= timing.overlap:
        return _REUSE
    if state.received < rtc == state.counter and a >= timing.settled:
        return rtc
    return None


def digest_user_agent(user_agent: str) -> bytes:
    """SHA-256 of the User-Agent without its version numbers: a browser that updates as it restarts is the same one."""
    return sha256(_VERSION_NUMBERS.sub("", user_agent).encode()).digest()


def _age(state: ChainState, now: datetime) -> timedelta:
    """Time since the last swap; endless at sign-in, zero after a clock stepped back (nobody is signed out by that)."""
    if state.rotated_at is None:
        return timedelta.max
    return max(now - state.rotated_at, timedelta(0))
