"""Leaving: two weeks to come back, then the account and all that belongs to it are gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from tests.admin.console import events
from tests.mailbox import letters_to
from tests.make import (
    Person,
    bearer,
    entered,
    make_account,
    make_administrator,
    make_not_me_path,
    sign_in_by_api,
)
from tests.page_client import PageClient
from tests.signin.faces import end_cause_of, events_of, session_ids
from webapp.accounts.models import Account, EmailAddress
from webapp.infra.database import db, unit_of_work
from webapp.ops.maintenance import TASKS, run_tasks

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

DELETION = "/api/v1/deletion"
START = datetime(2030, 5, 1, 12, tzinfo=UTC)
DUE = "2030-05-15T12:00:00Z"
TWO_WEEKS = timedelta(days=14)


def ask_to_go(client: FlaskClient, person: Person) -> Any:
    return client.post(DELETION, headers=sign_in_by_api(client, person))


def is_there(app: Flask, person: Person) -> bool:
    with entered(app), unit_of_work(writes=False):
        return db.session.get(Account, person.id) is not None


def maintain(app: Flask) -> int:
    with app.app_context():
        return dict(run_tasks(TASKS))["Accounts deleted whose day has come"]


@pytest.mark.database
def test_every_session_ends_and_the_day_is_told(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(START, tick=False):
        person = make_account(app)
        sign_in_by_api(app.test_client(), person)
        answer = ask_to_go(client, person)
        assert (answer.status_code, answer.get_json()) == (202, {"deletion_due_at": DUE})
        assert {end_cause_of(app, each) for each in session_ids(app, person.id)} == {"account_deleted"}
        profile = client.get("/api/v1/profile", headers=sign_in_by_api(client, person)).get_json()
    assert profile["deletion_due_at"] == DUE
    assert len(events_of(app, "deletion.requested")) == 1


@pytest.mark.database
def test_person_who_comes_back_keeps_the_account(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = make_account(app)
        ask_to_go(client, person)
        clock.shift(TWO_WEEKS - timedelta(seconds=1))
        token = sign_in_by_api(client, person)
        assert [client.delete(DELETION, headers=token).status_code for _ in range(2)] == [204, 204]
        clock.shift(timedelta(days=30))
        assert maintain(app) == 0
        assert is_there(app, person)
    assert len(events_of(app, "deletion.cancelled")) == 1


@pytest.mark.database
def test_account_is_gone_after_two_weeks_and_its_names_are_free(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        make_administrator(app)
        person, other = make_account(app, "bob"), make_account(app)
        make_not_me_path(app, person)
        ask_to_go(client, person)
        clock.shift(TWO_WEEKS - timedelta(seconds=1))
        assert (maintain(app), is_there(app, person)) == (0, True)
        clock.shift(timedelta(seconds=1))
        assert (maintain(app), is_there(app, person), is_there(app, other)) == (1, False, True)
        assert maintain(app) == 0
        body = {"username": person.username, "password": person.password}
        assert client.post("/api/v1/login", json=body).status_code == 401
        assert make_account(app, "bob").username == "bob"
    (gone,) = events(app, "account.deleted")
    assert (gone.account_id, gone.detail) == (person.id, '{"name":"bob"}')
    assert [each.account_id for each in events(app, "deletion.requested")] == [person.id]
    with entered(app), unit_of_work(writes=False):
        assert db.session.query(EmailAddress).filter_by(account_id=person.id).count() == 0


def test_letters_tell_of_the_day_and_of_the_end(make_app: Callable[..., Flask]) -> None:
    app = make_app(SMTP_URL="smtp://localhost:2525", MAIL_FROM="latchkey@example.org")
    with time_machine.travel(START, tick=False) as clock:
        person = make_account(app)
        ask_to_go(app.test_client(), person)
        (letter,) = letters_to(app, person.email, kind="deletion_requested")
        assert "Wednesday, 15 May 2030, at 12:00 UTC" in " ".join(letter.paragraphs)
        clock.shift(TWO_WEEKS)
        assert maintain(app) == 1
    (last,) = letters_to(app, person.email, kind="account_deleted")
    assert last.subject == "Your account was deleted"


def test_deletion_that_somebody_else_asked_for_is_called_off_by_the_letter(
    app: Flask, pages: PageClient
) -> None:
    person = make_account(app)
    ask_to_go(app.test_client(), person)
    pages.get(make_not_me_path(app, person))
    pages.submit()
    with entered(app), unit_of_work(writes=False):
        assert db.session.get_one(Account, person.id).deletion_due_at is None


def test_asking_twice_keeps_the_day(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = make_account(app)
        ask_to_go(client, person)
        clock.shift(timedelta(days=3))
        assert ask_to_go(client, person).get_json() == {"deletion_due_at": DUE}
    assert len(events_of(app, "deletion.requested")) == 1


def test_needs_a_fresh_proof_and_a_session(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = make_account(app)
        token = sign_in_by_api(client, person)
        clock.shift(timedelta(minutes=10))
        stale = client.post(DELETION, headers=token)
        assert stale.get_json()["error"] == "insufficient_user_authentication"
        ended = ask_to_go(client, person) and client.delete(DELETION, headers=token)
        assert ended.status_code == 401
        for method in ("POST", "DELETE"):
            answers = [client.open(DELETION, method=method, headers=each) for each in ({}, bearer("x"))]
            assert [each.status_code for each in answers] == [401, 401]
