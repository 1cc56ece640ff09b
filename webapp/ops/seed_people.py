"""A large, realistic set of made-up people, their sessions and what the audit trail says of them, in the order of time.

Everything follows from the number of accounts and one seed. Nobody in it exists: addresses are under `example` names
(RFC 2606), network addresses are of the ranges for documentation (RFC 5737, RFC 3849).
"""

from __future__ import annotations

import random
from array import array
from datetime import datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple

from webapp.core.opaque import new_id
from webapp.ops.seed_names import FIRST_NAMES, LAST_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

SESSIONS_EACH: Final = 3
EVENTS_EACH: Final = 5
# Sessions are kept for 90 days after their end: what is older, maintenance would begin to delete at once.
SPAN: Final = timedelta(days=89)
_RECENT: Final = timedelta(days=6)
_LONGEST_SESSION: Final = timedelta(days=30)
_DOMAINS: Final = (
    "example.org",
    "example.com",
    "example.net",
    "mail.example",
    "post.example",
    "office.example",
)
_DEVICES: Final = tuple(
    f"{browser} on {system}"
    for browser, system in product(
        ("Firefox", "Chrome", "Safari", "Edge"), ("Linux", "Windows", "macOS", "Android", "iOS")
    )
)
_AGENTS: Final = tuple(
    f"Mozilla/5.0 ({each.split(' on ')[1]}) {each.split(' on ')[0]}/140.0" for each in _DEVICES
)
_ENDS: Final = (
    "signed_out",
    "signed_out",
    "idle",
    "idle",
    "idle",
    "absolute",
    "signed_in_again",
    "password_changed",
)


class SeedAccount(NamedTuple):
    """One account; `number` counts from 0 in the order of joining."""

    number: int
    id: str
    username: str
    display_name: str
    address: str
    created_at: datetime
    is_verified: bool
    second_factor_since: datetime | None
    last_signed_in_at: datetime | None
    locked_at: datetime | None
    roles: tuple[str, ...]


class SeedSession(NamedTuple):
    """One sign-in, perhaps over by now."""

    id: str
    account_id: str
    device: str
    address: str
    user_agent: str
    methods: str
    created_at: datetime
    last_active_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    end_cause: str | None


class SeedEvent(NamedTuple):
    """One line of the audit trail; `detail` is JSON as the trail keeps it."""

    occurred_at: datetime
    name: str
    result: str
    account_id: str | None
    session_id: str | None
    address: str
    user_agent: str
    detail: str


class SeedPeople:
    """`number` accounts that joined one after the other in the 89 days before `until`."""

    def __init__(self, number: int, until: datetime, *, seed: int = 1) -> None:
        self.number = number
        self.until = until
        # Trials should be alike, so chance is no secret here.
        self._chance = random.Random(seed)  # noqa: S311
        self._start = until - SPAN
        self._step = SPAN / (number + 1)
        self._ids = [new_id() for _ in range(number)]
        # Who signs in each time: at first whoever has just joined, later anybody who is there.
        self._visitors = array("L", bytes(array("L").itemsize * number * SESSIONS_EACH))
        self._last_visit = array("l", [-1]) * number
        rand = self._chance.random
        for place in range(number * SESSIONS_EACH):
            joined = place // SESSIONS_EACH
            visitor = joined if place % SESSIONS_EACH == 0 else int(rand() * (joined + 1))
            self._visitors[place] = visitor
            self._last_visit[visitor] = place

    def accounts(self) -> Iterator[SeedAccount]:
        """Every account, in the order of joining."""
        chance = random.Random(2)  # noqa: S311
        rand = chance.random
        newest = self.number - self.number // 100
        for number, account_id in enumerate(self._ids):
            first = FIRST_NAMES[int(rand() * len(FIRST_NAMES))]
            last = LAST_NAMES[int(rand() * len(LAST_NAMES))]
            moment = self._start + self._step * (number + 1)
            username = f"{_plain(first)}.{_plain(last)}{number}"
            # Whoever has just joined has often not answered the letter yet.
            is_verified = rand() > (0.5 if number >= newest else 0.04)
            locked_at = moment + (self.until - moment) * rand() if rand() < 0.01 else None
            visit = self._last_visit[number]
            yield SeedAccount(
                number=number,
                id=account_id,
                username=username,
                display_name=f"{first} {last}",
                address=f"{username}@{_DOMAINS[int(rand() * len(_DOMAINS))]}",
                created_at=moment,
                is_verified=is_verified,
                second_factor_since=moment if rand() < 0.35 else None,
                last_signed_in_at=self._moment_of(visit) if visit >= 0 and is_verified else None,
                locked_at=locked_at,
                roles=_roles_of(number),
            )

    def happenings(self) -> Iterator[SeedSession | SeedEvent]:
        """Every session, and every event after what it speaks of, in the order of time."""
        rand = self._chance.random
        for number, account_id in enumerate(self._ids):
            address, device = _address(rand()), int(rand() * len(_DEVICES))
            moment = self._start + self._step * (number + 1)
            yield SeedEvent(
                moment,
                "account.created",
                "success",
                account_id,
                None,
                address,
                _AGENTS[device],
                '{"roles":["user"]}',
            )
            for place in range(number * SESSIONS_EACH, (number + 1) * SESSIONS_EACH):
                session = self._session(place)
                yield session
                yield SeedEvent(
                    session.created_at,
                    "login.succeeded",
                    "success",
                    session.account_id,
                    session.id,
                    session.address,
                    session.user_agent,
                    f'{{"methods":["{session.methods}"]}}',
                )
            yield self._other_event(session, rand())

    def _session(self, place: int) -> SeedSession:
        draw = self._chance.random
        moment = self._moment_of(place)
        device = int(draw() * len(_DEVICES))
        age = self.until - moment
        is_open = (age < _RECENT and draw() < 0.8) or (age < _LONGEST_SESSION and draw() < 0.4)
        last = self.until - min(age, _RECENT) * draw() if is_open else moment + min(age, _RECENT) * draw()
        return SeedSession(
            id=new_id(),
            account_id=self._ids[self._visitors[place]],
            device=_DEVICES[device],
            address=_address(draw()),
            user_agent=_AGENTS[device],
            methods="pwd" if draw() < 0.65 else "pwd otp",
            created_at=moment,
            last_active_at=last,
            ends_at=moment + _LONGEST_SESSION,
            ended_at=None if is_open else last,
            end_cause=None if is_open else _ENDS[int(draw() * len(_ENDS))],
        )

    def _other_event(self, session: SeedSession, draw: float) -> SeedEvent:
        name, result, detail = "login.failed", "failure", "{}"
        if draw > 0.6:
            name, result, detail = "session.ended", "success", '{"cause":"signed_out"}'
        if draw > 0.9:
            name, detail = "password.changed", "{}"
        if draw > 0.999:
            name, detail = "refresh_token.reused", "{}"
        ended = session.id if name != "login.failed" else None
        return SeedEvent(
            session.created_at,
            name,
            result,
            session.account_id,
            ended,
            session.address,
            session.user_agent,
            detail,
        )

    def _moment_of(self, place: int) -> datetime:
        joined, turn = divmod(place, SESSIONS_EACH)
        return self._start + self._step * (joined + 1) + self._step * ((turn + 1) / (SESSIONS_EACH + 2))


def _address(draw: float) -> str:
    if draw < 0.8:
        return f"{('192.0.2', '198.51.100', '203.0.113')[int(draw * 3.75) % 3]}.{int(draw * 1e6) % 256}"
    return f"2001:db8:{int(draw * 1e5) % 4096:x}::{int(draw * 1e7) % 65535 + 1:x}"


def _plain(name: str) -> str:
    return name.lower().translate(_ASCII)


_ASCII: Final = str.maketrans({"é": "e", "ć": "c", "á": "a", "ü": "u", "ø": "o", "ö": "o"})


def _roles_of(number: int) -> tuple[str, ...]:
    """A few of many look after the others. Nobody administers, so that the set-up link still makes somebody."""
    if number % 20_000 == 7:
        return ("auditor", "user")
    return ("support", "user") if number % 5_000 == 3 else ("user",)
