"""A fresh proof: the password once more, good for ten minutes, counted and throttled for each session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.make import OTHER_PASSWORD, PASSWORD, make_account, sign_in_by_api
from tests.signin.faces import ask, events_of, is_in

START = datetime(2030, 5, 1, 12, tzinfo=UTC)
PROOF = "/api/v1/proof"


def prove(client: FlaskClient, token: dict[str, str], password: object) -> int:
    return client.post(PROOF, headers=token, json={"password": password}).status_code


def is_fresh(client: FlaskClient, token: dict[str, str]) -> bool:
    """Asked with a password that no rule accepts, so that nothing changes."""
    return client.post("/api/v1/password", headers=token, json={"password": "x"}).status_code == 422


def test_proof_lasts_ten_minutes_of_the_session(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    with time_machine.travel(START, tick=False) as clock:
        token = sign_in_by_api(client, person)
        clock.shift(timedelta(minutes=10))
        assert not is_fresh(client, token)
        assert prove(client, token, person.password) == 204
        clock.shift(timedelta(minutes=4, seconds=59))
        assert is_fresh(client, token)


def test_sign_in_counts_as_a_proof_for_its_first_ten_minutes(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        token = sign_in_by_api(client, make_account(app))
        clock.shift(timedelta(minutes=9, seconds=59))
        assert is_fresh(client, token)
        clock.shift(timedelta(seconds=1))
        assert not is_fresh(client, token)


def test_wrong_password_is_no_proof_and_an_event(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        token = sign_in_by_api(client, make_account(app))
        clock.shift(timedelta(minutes=10))
        response = client.post(PROOF, headers=token, json={"password": OTHER_PASSWORD})
        assert (response.status_code, response.get_json()["error"]) == (403, "invalid_proof")
        assert not is_fresh(client, token)
    assert len(events_of(app, "proof.failed")) == 1


def test_eleventh_wrong_password_is_too_many(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    token = sign_in_by_api(client, person)
    assert [prove(client, token, "wrong") for _ in range(11)] == [403] * 10 + [429]
    assert prove(client, token, person.password) == 429


def test_guessing_in_one_session_shuts_nobody_else_out(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    token = sign_in_by_api(client, person)
    for _ in range(11):
        prove(client, token, "wrong")
    other = app.test_client()
    assert prove(other, sign_in_by_api(other, person), person.password) == 204


def test_right_password_gives_its_attempt_back(make_app: Callable[..., Flask]) -> None:
    app = make_app(LIMIT_SIGNIN_PER_ACCOUNT="2/1d")
    client = app.test_client()
    person = make_account(app)
    token = sign_in_by_api(client, person)
    assert [prove(client, token, person.password) for _ in range(4)] == [204] * 4
    assert [prove(client, token, "wrong") for _ in range(3)] == [403, 403, 429]


@pytest.mark.parametrize("password", [None, [PASSWORD], 1, PASSWORD + "\x00", "p" * 1_001, {}])
def test_password_of_another_form_is_not_tried(app: Flask, client: FlaskClient, password: Any) -> None:
    token = sign_in_by_api(client, make_account(app))
    assert prove(client, token, password) == 422
    assert events_of(app, "proof.failed") == []


def test_proof_in_an_ended_session_is_refused(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    token = sign_in_by_api(client, person)
    client.post("/api/v1/logout", headers=token)
    assert prove(client, token, person.password) == 401
    assert is_in(ask("api", client, person.username, person.password))
