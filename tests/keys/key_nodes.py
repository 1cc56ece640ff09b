"""Nodes on one database, each with a clock of its own, and what they sign, publish and refuse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import delete, select

from webapp.config import current_settings
from webapp.core import clock
from webapp.core.parts import part
from webapp.infra.database import db, unit_of_work
from webapp.keys.models import SigningKey
from webapp.keys.ring import KeyRing
from webapp.keys.rotation import ensure_signing_key, revoke, rotate, turn_ring

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

# After every key that was made by the true clock.
START = datetime(2100, 1, 1, tzinfo=UTC)
# Short times, so that a run of a few minutes goes through every state.
QUICK = {
    "JWKS_MAX_AGE": "10",
    "ACCESS_TOKEN_LIFETIME": "20",
    "REFRESH_OVERLAP": "2",
    "REFRESH_DEADLINE": "1",
}
SECOND = timedelta(seconds=1)


def states(app: Flask) -> dict[str, str]:
    """State by kid, oldest key first."""
    with app.app_context(), unit_of_work(writes=False):
        rows = db.session.execute(
            select(SigningKey.kid, SigningKey.state).order_by(SigningKey.created_at, SigningKey.kid)
        )
        return {row.kid: row.state for row in rows}


def kid_that_is(app: Flask, state: str) -> str:
    """The one key in that state."""
    (kid,) = [kid for kid, each in states(app).items() if each == state]
    return kid


def act(app: Flask, change: Callable[[], object]) -> None:
    """Change the ring as an administrator at this node does: committed, then known here at once."""
    with app.app_context():
        with unit_of_work():
            change()
        part(KeyRing).forget()


@dataclass
class KeyWorld:
    """The true time, two nodes whose clocks are off by up to ten seconds, and all that ever happened."""

    nodes: tuple[Flask, ...]
    skews: tuple[timedelta, ...]
    traveller: time_machine.Traveller
    now: datetime = START
    fetched: list[tuple[datetime, frozenset[str]]] = field(default_factory=list)
    tokens: list[tuple[str, datetime]] = field(default_factory=list)
    hurried: dict[str, datetime] = field(default_factory=dict)
    revoked: dict[str, datetime] = field(default_factory=dict)

    @contextmanager
    def at(self, number: int) -> Iterator[KeyRing]:
        """Work at one node, by its clock; what is due is carried out after the answer, as the server does."""
        self.traveller.move_to(self.now + self.skews[number])
        with self.nodes[number].app_context():
            ring = part(KeyRing)
            yield ring
            if ring.take_due_change():
                self.turn(ring)

    def begin(self) -> None:
        with self.nodes[0].app_context(), unit_of_work():
            db.session.execute(delete(SigningKey))
        for number in range(len(self.nodes)):
            with self.at(number) as ring:
                ring.__init__()  # type: ignore[misc] # it remembers the keys of the run before
                with unit_of_work():
                    ensure_signing_key()

    def turn(self, ring: KeyRing) -> None:
        with unit_of_work():
            changed = turn_ring()
        if changed:
            ring.forget()

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def sign(self, number: int) -> None:
        """No token names a key that somebody's copy of the set may lack."""
        with self.at(number) as ring:
            kid = ring.signing_key().kid
            settings = current_settings()
            kept = [kids for moment, kids in self.fetched if self.now - moment < settings.jwks_max_age]
            assert kid in self.hurried or all(kid in kids for kids in kept), f"{kid} signs, and is not known"
            assert kid not in self.revoked or self.now - self.revoked[kid] < 2 * SECOND
            self.tokens.append((kid, clock.now() + settings.access_token_lifetime))

    def fetch(self, number: int) -> None:
        """Every token that has not expired can be verified with the set."""
        with self.at(number) as ring:
            kids = frozenset(key["kid"] for key in ring.jwks()["keys"])
            assert self._needed() - kids <= self._just_hurried(), "the key of a token is not published"
            self.fetched.append((self.now, kids))

    def verify(self, number: int) -> None:
        """Our own nodes know every such key at once, a hurried one too, and no revoked one for long."""
        with self.at(number) as ring:
            assert [kid for kid in self._needed() if ring.find_key(kid) is None] == []
            known = [kid for kid, moment in self.revoked.items() if self.now - moment >= 2 * SECOND]
            assert [kid for kid in known if ring.find_key(kid)] == []

    def rotate(self, number: int, *, at_once: bool = False) -> None:
        with self.at(number) as ring:
            with unit_of_work():
                done = rotate(at_once=at_once)
            ring.forget()
        if at_once:
            self._hurry(done.key.kid)

    def revoke_current(self, number: int) -> None:
        with self.at(number) as ring:
            kid = kid_that_is(self.nodes[number], "current")
            with unit_of_work():
                successor = revoke(kid)
            ring.forget()
            assert ring.find_key(kid) is None
        self.revoked[kid] = self.now
        assert successor is not None
        self._hurry(successor.kid)

    def _hurry(self, kid: str) -> None:
        self.hurried[kid] = self.now
        # Names that are not known are asked for once a second.
        self.wait(1)

    def _needed(self) -> set[str]:
        return {kid for kid, ends in self.tokens if ends > clock.now() and kid not in self.revoked}

    def _just_hurried(self) -> set[str]:
        return {kid for kid, moment in self.hurried.items() if self.now - moment <= 2 * SECOND}


@pytest.fixture
def moved_clock(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[time_machine.Traveller]:
    """A clock that stands still until it is moved, and the monotonic one with it."""
    with time_machine.travel(START, tick=False) as traveller:
        monkeypatch.setattr(clock, "monotonic", lambda: clock.now().timestamp())
        yield traveller
