"""This wasn't me, from within: the session that asks stays, everything else goes, and the new password counts."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from tests.mailbox import letters_to, path_of
from tests.make import (
    OTHER_PASSWORD,
    bearer,
    entered,
    make_account,
    make_not_me_path,
    make_reset_path,
    refresh,
    sign_in_by_api,
)
from tests.page_client import PageClient
from tests.signin.faces import ask, end_cause_of, events_of, is_in, session_ids
from webapp.factors.models import Passkey
from webapp.infra.database import db, unit_of_work
from webapp.signin.models import KnownDevice

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

NOT_ME = "/api/v1/not-me"
START = datetime(2030, 5, 1, 12, tzinfo=UTC)


def send(client: FlaskClient, token: dict[str, str], password: object = OTHER_PASSWORD) -> Any:
    return client.post(NOT_ME, headers=token, json={"password": password})


@pytest.mark.database
def test_session_that_asks_stays_and_all_others_end(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    others = [app.test_client() for _ in range(2)]
    tokens = [sign_in_by_api(each, person) for each in others]
    token = sign_in_by_api(client, person)
    answer = send(client, token)
    done = {"sessions": 2, "devices": 2, "recovery_codes": 0, "factors": []}
    assert (answer.status_code, answer.get_json()) == (200, done)
    assert client.get("/api/v1/protected", headers=refresh(client)).status_code == 200
    for each, ended in zip(others, tokens, strict=True):
        assert each.get("/api/v1/protected", headers=ended).get_json()["cause"] == "account_secured"
    assert events_of(app, "account.secured") == ['{"count":2,"reason":"activity"}']
    assert not is_in(ask("api", app.test_client(), person.username, person.password))
    assert is_in(ask("api", app.test_client(), person.username, OTHER_PASSWORD))


@pytest.mark.database
def test_links_are_void_and_this_device_stays_known(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    reset, letter = make_reset_path(app, person), make_not_me_path(app, person)
    sign_in_by_api(app.test_client(), person)
    send(client, sign_in_by_api(client, person))
    pages = PageClient(app.test_client())
    assert [pages.get(each).status for each in (reset, letter)] == [410, 410]
    with entered(app), unit_of_work(writes=False):
        assert db.session.query(KnownDevice).filter_by(account_id=person.id).count() == 1


def test_second_factors_are_listed_to_review(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    token = sign_in_by_api(client, person)
    with entered(app), unit_of_work():
        db.session.add(
            Passkey(
                id="p", account_id=person.id, name="Blue key", credential_id=b"c", public_key=b"k",
                is_synced=False, created_at=START,
            )
        )  # fmt: skip
    (factor,) = send(client, token).get_json()["factors"]
    assert factor == {
        "id": "p", "kind": "passkey", "name": "Blue key", "created_at": "2030-05-01T12:00:00Z", "last_used_at": None,
    }  # fmt: skip


def test_owner_hears_of_it_with_a_way_to_object(make_app: Callable[..., Flask]) -> None:
    app = make_app(SMTP_URL="smtp://localhost:2525", MAIL_FROM="latchkey@example.org")
    person, client = make_account(app), app.test_client()
    send(client, sign_in_by_api(client, person))
    (letter,) = letters_to(app, person.email, kind="account_secured")
    page = PageClient(app.test_client()).get(path_of(letter.others[0][1]))
    assert (page.status, page.heading) == (200, "Secure your account")


def test_needs_a_fresh_proof(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = make_account(app)
        token = sign_in_by_api(client, person)
        clock.shift(timedelta(minutes=10))
        answer = send(client, token)
    assert (answer.status_code, answer.get_json()["error"]) == (401, "insufficient_user_authentication")
    assert answer.get_json()["max_age"] == 600
    assert events_of(app, "account.secured") == []


@pytest.mark.parametrize("password", ["", "short", None, 7, "x" * 1_001, "nul\x00 in these many words"])
def test_password_that_cannot_be_used_changes_nothing(
    app: Flask, client: FlaskClient, password: object
) -> None:
    person = make_account(app)
    other = app.test_client()
    theirs, token = sign_in_by_api(other, person), sign_in_by_api(client, person)
    assert send(client, token, password).status_code == 422
    assert other.get("/api/v1/protected", headers=theirs).status_code == 200
    assert events_of(app, "account.secured") == []


def test_password_of_before_is_refused(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    answer = send(client, sign_in_by_api(client, person), person.password)
    assert answer.status_code == 422
    assert answer.get_json()["fields"]["password"].startswith("Choose another one than before")


def test_stranger_and_ended_session_are_refused(app: Flask, client: FlaskClient) -> None:
    token = sign_in_by_api(client, make_account(app))
    client.post("/api/v1/logout", headers=token)
    assert [send(client, each).status_code for each in ({}, bearer("x"), token)] == [401] * 3


@pytest.mark.database
def test_twenty_at_once_leave_one_session_and_one_password(app: Flask) -> None:
    person = make_account(app)
    people = [app.test_client() for _ in range(4)]
    tokens = [sign_in_by_api(each, person) for each in people]
    start = threading.Barrier(20)

    def secure(number: int) -> tuple[int, str]:
        password = f"{OTHER_PASSWORD} {'one two three four five'.split()[number % 5]} more"
        start.wait(20)
        answer = app.test_client().post(NOT_ME, headers=tokens[number % 4], json={"password": password})
        return answer.status_code, password

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(secure, range(20)))
    open_ids = [each for each in session_ids(app, person.id) if end_cause_of(app, each) is None]
    assert len(open_ids) == 1
    assert {status for status, _ in answers} <= {200, 401, 422, 503}
    works = {
        password for _, password in answers if is_in(ask("api", app.test_client(), person.username, password))
    }
    assert len(works) == 1
    assert works <= {password for status, password in answers if status == 200}
