"""Wrong proofs of one session: at most fifty a day, however patiently they are given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.make import make_account, refresh, sign_in_by_api

START = datetime(2030, 5, 1, 0, 1, tzinfo=UTC)


def test_browser_left_open_takes_no_word_list(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    statuses = []

    def prove(password: str) -> int:
        body = {"password": password}
        return client.post("/api/v1/proof", headers=token, json=body).status_code

    with time_machine.travel(START, tick=False) as clock:
        token = sign_in_by_api(client, person)
        for _ in range(5):
            assert prove(person.password) == 204
            statuses += [prove("wrong") for _ in range(10)]
            clock.shift(timedelta(minutes=15))
            token = refresh(client)
        answer = client.post("/api/v1/proof", headers=token, json={"password": "wrong"})
        assert (answer.status_code, answer.get_json()["error"]) == (429, "too_many_attempts")
        assert prove(person.password) == 429
        other = app.test_client()
        token = sign_in_by_api(other, person)
        assert (
            other.post("/api/v1/proof", headers=token, json={"password": person.password}).status_code == 204
        )
    assert statuses == [403] * 50
