"""A new password needs a fresh proof; every other session ends, the present one stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.mailbox import letters_to
from tests.make import OTHER_PASSWORD, make_account, make_reset_path, refresh, sign_in_by_api
from tests.page_client import PageClient
from tests.signin.faces import ask, events_of, is_in

START = datetime(2030, 5, 1, 12, tzinfo=UTC)
PASSWORD_PATH = "/api/v1/password"


@pytest.mark.database
def test_new_password_signs_in_and_the_old_one_does_not(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    token = sign_in_by_api(client, person)
    assert client.post(PASSWORD_PATH, headers=token, json={"password": OTHER_PASSWORD}).status_code == 204
    assert not is_in(ask("api", app.test_client(), person.username, person.password))
    assert is_in(ask("api", app.test_client(), person.username, OTHER_PASSWORD))
    assert len(events_of(app, "password.changed")) == 1


def test_owner_is_told_of_a_new_password_and_can_say_it_was_somebody_else(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(SMTP_URL="smtp://127.0.0.1", MAIL_FROM="door@example.org")
    person, client = make_account(app), app.test_client()
    token = sign_in_by_api(client, person)
    client.post(PASSWORD_PATH, headers=token, json={"password": OTHER_PASSWORD})
    letter = letters_to(app, person.email, kind="password_changed")[0]
    assert [label for label, _ in letter.others] == ["This wasn't me"]


def test_other_sessions_end_and_the_present_one_stays(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    elsewhere = app.test_client()
    theirs, mine = sign_in_by_api(elsewhere, person), sign_in_by_api(client, person)
    client.post(PASSWORD_PATH, headers=mine, json={"password": OTHER_PASSWORD})
    answer = elsewhere.get("/api/v1/protected", headers=theirs)
    assert (answer.status_code, answer.get_json()["cause"]) == (401, "password_changed")
    assert client.get("/api/v1/protected", headers=mine).status_code == 200
    assert refresh(client)


def test_sessions_of_other_people_are_left_alone(app: Flask, client: FlaskClient) -> None:
    other = app.test_client()
    theirs = sign_in_by_api(other, make_account(app))
    mine = sign_in_by_api(client, make_account(app))
    client.post(PASSWORD_PATH, headers=mine, json={"password": OTHER_PASSWORD})
    assert other.get("/api/v1/protected", headers=theirs).status_code == 200


def test_proof_older_than_ten_minutes_is_asked_for_again(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    with time_machine.travel(START, tick=False) as clock:
        token = sign_in_by_api(client, person)
        clock.shift(timedelta(minutes=10))
        response = client.post(PASSWORD_PATH, headers=token, json={"password": OTHER_PASSWORD})
        assert response.status_code == 401
        assert response.get_json()["error"] == "insufficient_user_authentication"
        assert 'max_age="600"' in response.headers["WWW-Authenticate"]
        client.post("/api/v1/proof", headers=token, json={"password": person.password})
        again = client.post(PASSWORD_PATH, headers=token, json={"password": OTHER_PASSWORD})
        assert again.status_code == 204


def test_proof_of_another_session_does_not_count(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    with time_machine.travel(START, tick=False) as clock:
        mine = sign_in_by_api(client, person)
        clock.shift(timedelta(minutes=11))
        sign_in_by_api(app.test_client(), person)
        response = client.post(PASSWORD_PATH, headers=mine, json={"password": OTHER_PASSWORD})
        assert response.status_code == 401


def test_open_reset_link_is_void_once_the_password_is_changed(
    app: Flask, client: FlaskClient, pages: PageClient
) -> None:
    person = make_account(app)
    path = make_reset_path(app, person)
    token = sign_in_by_api(client, person)
    client.post(PASSWORD_PATH, headers=token, json={"password": OTHER_PASSWORD})
    assert pages.get(path).status == 410


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"password": ""},
        {"password": "short"},
        {"password": "password1234567"},
        {"password": "ada@example.org!"},
        {"password": "latchkey localhost"},
        {"password": "p" * 1_001},
        {"password": "p" * 60_000},
        {"password": OTHER_PASSWORD + "\x00"},
        {"password": OTHER_PASSWORD + "\ud800"},
        {"password": [OTHER_PASSWORD]},
        {"password": None},
    ],
)
def test_unfit_password_changes_nothing(app: Flask, client: FlaskClient, body: dict[str, Any]) -> None:
    person = make_account(app, "ada")
    token = sign_in_by_api(client, person)
    response = client.post(PASSWORD_PATH, headers=token, json=body)
    assert (response.status_code, set(response.get_json()["fields"])) == (422, {"password"})
    assert is_in(ask("api", app.test_client(), "ada", person.password))
