"""A lock may run out: it says until when, maintenance lifts it within a minute, and the server is named for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from tests.admin.account_acts import confirm
from tests.admin.bulk import CONFIRM, ask
from tests.admin.console import Console, enter, events, find, open_console, path_of
from tests.make import entered, make_administrator
from webapp.core.origin import Origin, set_origin
from webapp.ops.maintenance import TASKS, run_tasks

START = datetime(2030, 5, 1, 12, tzinfo=UTC)
UNTIL = "2030-05-03T18:30"


@pytest.fixture
def console(app: Flask) -> Console:
    with time_machine.travel(START, tick=False):
        return open_console(app)


def maintain(app: Flask) -> int:
    with entered(app):
        set_origin(Origin("job"))
        return dict(run_tasks(TASKS))["Locks that have run out lifted"]


@pytest.mark.database
def test_lock_runs_out_at_its_end_and_the_trail_names_the_server(app: Flask, console: Console) -> None:
    with time_machine.travel(START, tick=False) as clock:
        page = confirm(console, "lock", reason="On leave", until=UNTIL)
        assert "until 3 May 2030, 18:30 UTC" in page.get(".danger-zone").text
        assert "locked until 3 May 2030, 18:30 UTC" in page.get("#sessions").text
        clock.move_to(datetime(2030, 5, 3, 18, 29, 59, tzinfo=UTC))
        assert maintain(app) == 0
        clock.shift(1)
        assert maintain(app) == 1
        assert enter(app, console.bob).get("/account").status == 200
    bob = find(app, console.bob)
    assert (bob.locked_at, bob.locked_until, bob.lock_reason) == (None, None, None)
    (event,) = events(app, "account.unlocked")
    assert (event.actor_id, event.via, event.detail) == (None, "job", '{"reason":"On leave"}')
    (lock,) = events(app, "account.locked")
    assert lock.detail == '{"reason":"On leave","until":"2030-05-03T18:30:00+00:00"}'


def test_lock_without_an_end_stays_and_task_comes_every_minute(app: Flask, console: Console) -> None:
    with time_machine.travel(START, tick=False) as clock:
        confirm(console, "lock", reason="For good")
        clock.shift(timedelta(days=4000))
        assert maintain(app) == 0
    assert find(app, console.bob).is_locked
    assert next(each.seconds for each in TASKS if each.name == "Locks that have run out lifted") <= 60


def test_unlocking_before_takes_the_end_away_too(app: Flask, console: Console) -> None:
    with time_machine.travel(START, tick=False) as clock:
        confirm(console, "lock", reason="On leave", until=UNTIL)
        console.send("unlock")
        confirm(console, "lock", reason="For good")
        clock.shift(timedelta(days=30))
        assert maintain(app) == 0
    assert find(app, console.bob).lock_reason == "For good"


@pytest.mark.parametrize(
    ("until", "sentence"),
    [
        ("2030-05-01T12:00", "Use a moment in the future, at most a year from now."),
        ("1970-01-01T00:00", "Use a moment in the future, at most a year from now."),
        ("2031-06-01T12:00", "Use a moment in the future, at most a year from now."),
        ("tomorrow", "Write a date and a time, such as 2030-12-24T18:00."),
        ("2030-02-30T10:00", "Write a date and a time, such as 2030-12-24T18:00."),
        ("9" * 5000, "Write a date and a time, such as 2030-12-24T18:00."),
        ("2030-05-03T18:30+02:00", "Write a date and a time, such as 2030-12-24T18:00."),
    ],
)
def test_end_that_is_none_is_asked_again(app: Flask, console: Console, until: str, sentence: str) -> None:
    with time_machine.travel(START, tick=False):
        page = confirm(console, "lock", reason="On leave", until=until)
    assert (page.status, page.get("#until-error").text) == (422, sentence)
    assert page.get("#reason").attributes["value"] == "On leave"
    assert not find(app, console.bob).is_locked


def test_one_account_and_many_are_asked_for_an_end_alike(app: Flask, console: Console) -> None:
    with time_machine.travel(START, tick=False):
        one, many = console.pages.get(f"{path_of(console.bob)}/lock"), ask(console, "lock", console.bob)
        refused = console.pages.submit(CONFIRM, reason="On leave", until="2030-02-30")
    for page in (one, many):
        assert page.get("label[for=until]").text == "Until, in UTC"
        assert page.get("#until").attributes["type"] == "datetime-local"
    assert refused.get("#until-error").text == "Write a date and a time, such as 2030-12-24T18:00."
    assert not find(app, console.bob).is_locked


def test_form_from_before_somebody_elses_change_locks_nothing(app: Flask, console: Console) -> None:
    path = f"{path_of(console.bob)}/lock"
    with time_machine.travel(START, tick=False):
        second = Console(app, console.root, enter(app, make_administrator(app, "second")), console.bob)
        second.pages.get(path)
        console.send("roles", roles=["user", "auditor"])
        page = second.pages.submit(path, reason="As planned")
    assert (page.status, page.heading) == (409, "bob")
    assert "Nothing was changed" in page.get(".error-summary").text
    assert not find(app, console.bob).is_locked


def test_lock_is_changed_while_it_holds_and_the_trail_keeps_both(app: Flask, console: Console) -> None:
    path = f"{path_of(console.bob)}/lock"
    with time_machine.travel(START, tick=False):
        confirm(console, "lock", reason="first", until=UNTIL)
        page = console.pages.get(path)
        assert page.heading == "Change the lock of bob"
        shown = [page.get(f"#{name}").attributes["value"] for name in ("reason", "until")]
        assert shown == ["first", UNTIL]
        page = console.pages.submit(path, reason="second", until="")
        assert "root changed the lock of bob: second" in console.pages.get("/admin/audit").text
        event = events(app, "account.locked")[-1]
        told = console.pages.get(f"/admin/audit/{event.id}").text
    assert ("first" in told, "second" in told) == (True, True)
    assert (page.path, "bob stays locked, as you wrote." in page.text) == (path_of(console.bob), True)
    bob = find(app, console.bob)
    assert (bob.locked_at, bob.locked_until, bob.lock_reason) == (START, None, "second")
    assert events(app, "account.unlocked") == []


def test_change_of_a_lock_that_is_gone_locks_nobody(app: Flask, console: Console) -> None:
    path = f"{path_of(console.bob)}/lock"
    with time_machine.travel(START, tick=False):
        confirm(console, "lock", reason="first")
        second = Console(app, console.root, enter(app, make_administrator(app, "second")), console.bob)
        second.pages.get(path)
        console.send("unlock")
        page = second.pages.submit(path, reason="second")
    assert (page.status, find(app, console.bob).is_locked) == (409, False)
