"""What needs a fresh proof says so as RFC 9470 wants, in both versions, and how old a proof may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.make import OTHER_PASSWORD, make_account, sign_in_by_api


def test_challenge_names_the_error_and_the_greatest_age(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(datetime(2030, 5, 1, 12, tzinfo=UTC), tick=False) as clock:
        token = sign_in_by_api(client, make_account(app))
        clock.shift(timedelta(minutes=10))
        refused = client.post("/api/v1/password", headers=token, json={"password": OTHER_PASSWORD})
    body = refused.get_json()
    assert (refused.status_code, body["error"], body["max_age"]) == (
        401,
        "insufficient_user_authentication",
        600,
    )
    challenge = refused.headers["WWW-Authenticate"]
    assert challenge == 'Bearer error="insufficient_user_authentication", max_age="600"'


def test_new_password_keeps_this_session_and_ends_the_others(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    other = app.test_client()
    elsewhere = sign_in_by_api(other, person)
    token = sign_in_by_api(client, person)
    cookies = [client.get_cookie(name) for name in ("__Host-refresh_token", "__Host-device")]
    changed = client.post("/api/v1/password", headers=token, json={"password": OTHER_PASSWORD})
    assert (changed.status_code, changed.headers.getlist("Set-Cookie")) == (204, [])
    assert client.get("/api/v1/protected", headers=token).status_code == 200
    assert other.get("/api/v1/protected", headers=elsewhere).status_code == 401
    assert [client.get_cookie(name) for name in ("__Host-refresh_token", "__Host-device")] == cookies
