"""An account is deleted by typing its name: shut at once, restored whole for 14 days, gone after that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from tests.admin.account_acts import MAIL, confirm, delete
from tests.admin.console import Console, enter, events, find, open_console, path_of
from tests.mailbox import letters_to
from tests.make import entered, make_account, make_not_me_path, sign_in, sign_in_by_api
from tests.page_client import PageClient
from webapp.accounts.models import Account
from webapp.core.origin import Origin, set_origin
from webapp.infra.database import db, unit_of_work
from webapp.ops.maintenance import TASKS, run_tasks

START = datetime(2030, 5, 1, 12, tzinfo=UTC)
TWO_WEEKS = timedelta(days=14)


@pytest.fixture
def environment() -> dict[str, str]:
    return MAIL


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def maintain(app: Flask) -> int:
    with entered(app):
        set_origin(Origin("job"))
        return dict(run_tasks(TASKS))["Accounts deleted whose day has come"]


@pytest.mark.database
def test_deleted_person_is_out_with_the_cause_and_not_let_in(app: Flask, console: Console) -> None:
    machine = app.test_client()
    headers = sign_in_by_api(machine, console.bob)
    page = delete(console)
    assert "bob is signed out, and will be deleted in 14 days." in page.text
    assert "root had this account deleted." in page.text
    answer = machine.get("/api/v1/protected", headers=headers)
    assert (answer.status_code, answer.get_json()["cause"]) == (401, "account_deleted")
    assert "This account is locked." in sign_in(PageClient(app.test_client()), console.bob).text
    (event,) = events(app, "deletion.ordered")
    assert (event.actor_id, event.account_id) == (console.root.id, console.bob.id)
    assert [each.detail for each in events(app, "login.refused")] == ['{"reason":"deletion_ordered"}']


def test_restored_person_signs_in_as_before(app: Flask, console: Console) -> None:
    before = find(app, console.bob)
    delete(console)
    assert "The account is restored." in console.send("restore").text
    bob = find(app, console.bob)
    assert (bob.deletion_due_at, bob.deletion_actor_id, bob.password_hash) == (
        None,
        None,
        before.password_hash,
    )
    assert enter(app, console.bob).get("/account").status == 200
    console.open()
    assert console.pages.page is not None
    assert console.pages.page.find(f"form[action={path_of(console.bob)}/restore]") is None
    kinds = ["deletion_ordered", "account_restored"]
    assert [len(letters_to(app, console.bob.email, kind=each)) for each in kinds] == [1, 1]


def test_lock_from_before_is_there_after_restoring(app: Flask, console: Console) -> None:
    console.send("lock", reason="first")
    delete(console)
    console.send("restore")
    assert find(app, console.bob).lock_reason == "first"


@pytest.mark.database
def test_account_is_gone_when_its_day_has_come(app: Flask) -> None:
    with time_machine.travel(START, tick=False) as clock:
        console = open_console(app)
        delete(console)
        clock.shift(TWO_WEEKS - timedelta(seconds=1))
        assert maintain(app) == 0
        clock.shift(1)
        assert maintain(app) == 1
        assert maintain(app) == 0
        assert make_account(app, "bob").username == "bob"
    assert [each.account_id for each in events(app, "account.deleted")] == [console.bob.id]


def test_sending_it_twice_keeps_the_day_and_tells_once(app: Flask) -> None:
    with time_machine.travel(START, tick=False) as clock:
        console = open_console(app)
        first, again = PageClient(console.pages.client), PageClient(console.pages.client)
        path = f"{path_of(console.bob)}/delete"
        for each in (first, again):
            each.get(path)
        first.submit(path, username="bob")
        clock.shift(60)
        again.submit(path, username="bob")
    assert find(app, console.bob).deletion_due_at == START + TWO_WEEKS
    assert len(events(app, "deletion.ordered")) == 1


@pytest.mark.parametrize("typed", ["", "bo", "root", "bob@example.org", "b\0ob", "x" * 5000])
def test_another_name_deletes_nothing(app: Flask, console: Console, typed: str) -> None:
    page = confirm(console, "delete", username=typed)
    assert page.status == 422
    assert page.get("#username").attributes["aria-invalid"] == "true"
    assert find(app, console.bob).deletion_due_at is None


def test_form_from_before_somebody_elses_change_deletes_nothing(app: Flask, console: Console) -> None:
    path = f"{path_of(console.bob)}/delete"
    late = PageClient(console.pages.client)
    late.get(path)
    console.send("names", display_name="Bob the Second")
    page = late.submit(path, username="bob")
    assert (page.status, page.heading) == (409, "Bob the Second")
    assert events(app, "deletion.ordered") == []


def test_own_account_is_not_deleted_here(app: Flask, console: Console) -> None:
    page = delete(console, console.root)
    assert (page.status, "This is your own account." in page.text) == (409, True)
    assert find(app, console.root).deletion_due_at is None


def test_owner_does_not_call_an_administrators_deletion_off(app: Flask, console: Console) -> None:
    letter = make_not_me_path(app, console.bob)
    delete(console)
    pages = PageClient(app.test_client())
    pages.get(letter)
    pages.submit()
    assert find(app, console.bob).deletion_actor_id == console.root.id
    assert events(app, "deletion.cancelled") == []


def test_open_session_of_a_shut_account_is_worth_nothing(app: Flask, console: Console) -> None:
    machine = app.test_client()
    headers = sign_in_by_api(machine, console.bob)
    with entered(app), unit_of_work():
        db.session.get_one(Account, console.bob.id).deletion_actor_id = console.root.id
    answer = machine.get("/api/v1/protected", headers=headers)
    assert (answer.status_code, answer.get_json()["cause"]) == (401, "account_locked")


def test_what_its_owner_asked_for_is_theirs_to_call_off(app: Flask, console: Console) -> None:
    client = app.test_client()
    client.post("/api/v1/deletion", headers=sign_in_by_api(client, console.bob))
    page = console.open()
    assert "Its owner asked for this account to be deleted." in page.text
    token = page.get("input[name=csrf_token]").attributes["value"]
    page = console.pages.post(f"{path_of(console.bob)}/restore", {"csrf_token": token})
    assert (page.status, "They keep it by signing in" in page.text) == (409, True)
    assert find(app, console.bob).deletion_due_at is not None
    delete(console)
    assert find(app, console.bob).deletion_actor_id == console.root.id
