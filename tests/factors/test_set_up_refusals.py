"""What setting up an authenticator app refuses: wrong codes, too many of them, old proofs, unfit names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from pyotp import TOTP

from tests.factors.faces import FACTORS, begin, confirm, factors_of
from tests.make import make_account, sign_in_by_api

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("code", ["000000 ", "", "12345", "abcdef", "1234567", "x" * 61, None, 123456, ["1"]])
def test_wrong_or_unreadable_code_confirms_nothing(app: Flask, client: FlaskClient, code: Any) -> None:
    token = sign_in_by_api(client, make_account(app))
    begun = begin(client, token)
    if code == "000000 " and TOTP(begun["secret"]).verify("000000", valid_window=1):
        begun = begin(client, token)
    response = client.post(f"{FACTORS}/totp/{begun['id']}/confirm", headers=token, json={"code": code})
    assert (response.status_code, set(response.get_json()["fields"])) == (422, {"code"})
    assert factors_of(client, token)["totp"] == []


def test_eleventh_wrong_code_is_too_many(app: Flask, client: FlaskClient) -> None:
    token = sign_in_by_api(client, make_account(app))
    begun = begin(client, token)
    wrong = f"{(int(TOTP(begun['secret']).now()) + 7) % 1_000_000:06}"
    assert [confirm(client, token, begun, wrong).status_code for _ in range(11)] == [422] * 10 + [429]


@pytest.mark.parametrize("path", ["totp", "totp/x/confirm", "recovery-codes"])
def test_nothing_is_changed_without_a_fresh_proof(app: Flask, client: FlaskClient, path: str) -> None:
    with time_machine.travel(START, tick=False) as clock:
        token = sign_in_by_api(client, make_account(app))
        clock.shift(timedelta(minutes=10))
        body = {"code": "123456"} if path.endswith("confirm") else None
        response = client.post(f"{FACTORS}/{path}", headers=token, json=body)
        assert (response.status_code, response.get_json()["max_age"]) == (401, 600)
    assert client.post(f"{FACTORS}/{path}", json=body).status_code == 401


@pytest.mark.parametrize(
    "name", ["", " ", "x" * 61, "a\u202eb", "a\x07b", "\u200d", 1, ["x"], "x" * 500, "a\x00b"]
)
def test_unfit_name_begins_nothing(app: Flask, client: FlaskClient, name: Any) -> None:
    token = sign_in_by_api(client, make_account(app))
    response = client.post(f"{FACTORS}/totp", headers=token, json={"name": name})
    assert (response.status_code, set(response.get_json()["fields"])) == (422, {"name"})


def test_unknown_field_is_refused(app: Flask, client: FlaskClient) -> None:
    token = sign_in_by_api(client, make_account(app))
    response = client.post(f"{FACTORS}/totp", headers=token, json={"secret": "A" * 32})
    assert (response.status_code, set(response.get_json()["fields"])) == (422, {"secret"})
