"""Calls under way are looked at: what may not go on ends, also when the database does not say so in time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.connections.use_world import connect
from tests.make import make_account
from webapp.connections.errors import CallsAtOnce, CallTooLong, ConnectionsBusy, UseEnded
from webapp.connections.slots import CallSlots
from webapp.connections.watch import (
    MOST_STRANDED,
    OLDEST_SECONDS,
    STRANDED_SECONDS,
    UNREAD_SECONDS,
    CallWatch,
)
from webapp.core import clock
from webapp.infra.database import DatabaseAway, unit_of_work

if TYPE_CHECKING:
    from flask import Flask

    from webapp.core.errors import Problem


@dataclass(eq=False)
class Call:
    """What the watch knows of a call."""

    session_id: str | None = None
    connection_id: str = ""
    ends_at: float = field(default_factory=lambda: clock.monotonic() + 100)
    good_at: float = field(default_factory=clock.monotonic)
    handed_at: float | None = None
    ended_by: Problem | None = None
    strandings: int = 0

    def end(self, why: Problem) -> None:
        self.ended_by = self.ended_by or why

    def strand(self) -> None:
        self.strandings += 1


def watching(*calls: Call) -> CallWatch:
    """A watch without its threads: the test looks."""
    watch = CallWatch(lambda: None)
    watch._is_started = True
    for each in calls:
        watch.add(each)
    return watch


def test_call_ends_at_its_time_and_goes_on_before(monkeypatch: pytest.MonkeyPatch) -> None:
    call = Call(session_id="s")
    watch = watching(call)
    watch.look()
    assert call.ended_by is None
    call.ends_at = clock.monotonic()
    watch.look()
    assert isinstance(call.ended_by, CallTooLong)


def test_call_that_nobody_could_confirm_lately_ends() -> None:
    call, trial = Call(session_id="s"), Call()
    watch = watching(call, trial)
    call.good_at = trial.good_at = clock.monotonic() - OLDEST_SECONDS
    watch.look()
    assert isinstance(call.ended_by, DatabaseAway)
    assert trial.ended_by is None


def test_reader_who_takes_nothing_loses_the_call_and_then_the_place() -> None:
    call = Call(handed_at=clock.monotonic() - UNREAD_SECONDS)
    watch = watching(call)
    watch.look()
    assert isinstance(call.ended_by, CallTooLong)
    watch.look()
    assert call.strandings == 0
    watch._calls[call] = clock.monotonic() - STRANDED_SECONDS
    watch.look()
    watch.look()
    assert call.strandings == 1


def test_stranded_readers_make_room_no_more_often_than_the_server_has_threads_for() -> None:
    calls = [Call() for _ in range(MOST_STRANDED + 2)]
    watch = watching(*calls)
    for each in calls:
        watch._calls[each] = clock.monotonic() - STRANDED_SECONDS
    watch.look()
    assert sum(each.strandings for each in calls) == MOST_STRANDED
    for each in calls[:2]:
        watch.remove(each)
    watch.look()
    assert sum(each.strandings for each in calls) == MOST_STRANDED + 2


@pytest.mark.database
def test_question_ends_what_may_not_go_on_and_confirms_the_rest(at_work: Flask) -> None:
    from webapp.accounts.service import get_account
    from webapp.connections.service import turn
    from webapp.sessions.service import start_session

    with unit_of_work():
        weather = connect(at_work)
        other = connect(at_work, name="other", roles=())
    person = make_account(at_work)
    with unit_of_work():
        session_id = start_session(get_account(person.id)).id
    good = Call(session_id, weather.id, good_at=0.0)
    bad = [Call(session_id, other.id), Call("s" * 26, weather.id), Call(session_id, "c" * 26)]
    watch = watching(good, *bad)
    watch.ask()
    assert (good.ended_by, good.good_at > 0) == (None, True)
    assert [type(each.ended_by) for each in bad] == [UseEnded] * 3
    with unit_of_work():
        turn(weather.id, is_enabled=False, actor_id="a" * 26)
    watch.ask()
    assert isinstance(good.ended_by, UseEnded)


def test_places_are_counted_by_process_and_by_person() -> None:
    slots = CallSlots(3)
    mine = [slots.take("c", "me", 2) for _ in range(2)]
    with pytest.raises(CallsAtOnce):
        slots.take("c", "me", 2)
    slots.take("other", "me", 2)
    with pytest.raises(ConnectionsBusy):
        slots.take("c", "you", 2)
    for _ in range(3):
        mine[0].leave()
    assert slots.total == 2
    slots.take("c", "you", 2)
