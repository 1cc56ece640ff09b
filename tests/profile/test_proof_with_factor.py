"""A fresh proof of somebody who has a second factor: the password and a code, or a passkey."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.factors.faces import token_of
from tests.factors.soft_authenticator import SoftAuthenticator, enrol
from tests.make import OTHER_PASSWORD, Authenticator, Person, enrol_app, make_account, sign_in_by_api
from tests.signin.faces import events_of

START = datetime(2030, 5, 1, 12, tzinfo=UTC)
PROOF = "/api/v1/proof"
Headers = dict[str, str]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as travelling:
        yield travelling


@pytest.fixture
def person(app: Flask) -> Person:
    return make_account(app)


@pytest.fixture
def device(app: Flask, person: Person, clock: time_machine.Traveller) -> Authenticator:
    return enrol_app(app, person)


@pytest.fixture
def token(app: Flask, person: Person, device: Authenticator, clock: time_machine.Traveller) -> Headers:
    """A session whose first proof is ten minutes old."""
    headers = token_of(app, person)
    clock.shift(timedelta(minutes=10))
    return headers


def prove(client: FlaskClient, token: Headers, **body: object) -> tuple[int, str]:
    answer = client.post(PROOF, headers=token, json=body)
    return answer.status_code, "" if answer.status_code == 204 else answer.get_json()["error"]


def is_fresh(client: FlaskClient, token: Headers) -> bool:
    return client.get(PROOF, headers=token).get_json()["fresh_until"] is not None


def ask_passkeys(client: FlaskClient, token: Headers) -> dict[str, Any]:
    options: dict[str, Any] = client.post(f"{PROOF}/options", headers=token).get_json()["options"]
    return options


def test_what_a_proof_takes_is_told(app: Flask, client: FlaskClient, token: Headers) -> None:
    expected = {"methods": ["password", "totp", "recovery_code"], "fresh_until": None, "needs_code": True}
    assert client.get(PROOF, headers=token).get_json() == expected
    plain = sign_in_by_api(client, make_account(app))
    told = client.get(PROOF, headers=plain).get_json()
    assert (told["methods"], told["needs_code"]) == (["password"], False)
    assert told["fresh_until"] == "2030-05-01T12:20:00Z"


def test_password_and_code_are_a_proof(
    client: FlaskClient, token: Headers, person: Person, device: Authenticator
) -> None:
    assert prove(client, token, password=person.password, mfaCode=device.code()) == (204, "")
    assert is_fresh(client, token)


def test_recovery_code_does_for_the_app(
    client: FlaskClient, token: Headers, person: Person, device: Authenticator
) -> None:
    assert prove(client, token, password=person.password, mfaCode=device.recovery_codes[0])[0] == 204


@pytest.mark.parametrize("code", [None, ""])
def test_password_alone_is_none(
    app: Flask, client: FlaskClient, token: Headers, person: Person, code: str | None
) -> None:
    assert prove(client, token, password=person.password, mfaCode=code) == (403, "second_factor_needed")
    assert not is_fresh(client, token)
    assert events_of(app, "proof.succeeded") == []


def test_wrong_code_is_none_and_says_so_beside_the_code(
    app: Flask, client: FlaskClient, token: Headers, person: Person
) -> None:
    answer = client.post(PROOF, headers=token, json={"password": person.password, "mfaCode": "000000"})
    assert (answer.status_code, answer.get_json()["error"]) == (403, "invalid_proof")
    assert set(answer.get_json()["fields"]) == {"mfaCode"}
    assert not is_fresh(client, token)
    assert (len(events_of(app, "proof.failed")), len(events_of(app, "factor.failed"))) == (1, 1)


def test_wrong_password_leaves_the_code_unused(
    client: FlaskClient, token: Headers, person: Person, device: Authenticator
) -> None:
    code = device.code()
    assert prove(client, token, password=OTHER_PASSWORD, mfaCode=code) == (403, "invalid_proof")
    assert prove(client, token, password=person.password, mfaCode=code)[0] == 204


def test_code_is_a_proof_once(
    app: Flask, client: FlaskClient, token: Headers, person: Person, device: Authenticator
) -> None:
    code = device.code()
    assert prove(client, token, password=person.password, mfaCode=code)[0] == 204
    assert prove(client, token_of(app, person), password=person.password, mfaCode=code)[0] == 403


def test_eleventh_wrong_code_is_too_many_in_the_session_and_in_the_account(
    app: Flask, client: FlaskClient, token: Headers, person: Person, device: Authenticator
) -> None:
    wrong = {"password": person.password, "mfaCode": "000000"}
    assert [prove(client, token, **wrong)[0] for _ in range(11)] == [403] * 10 + [429]
    assert prove(client, token, password=person.password, mfaCode=device.code())[0] == 429
    other = token_of(app, person)
    assert prove(client, other, password=person.password, mfaCode=device.code())[0] == 429
    assert prove(client, other, password=person.password, mfaCode=device.recovery_codes[0])[0] == 204


def test_passkey_alone_is_a_proof(
    app: Flask, client: FlaskClient, token: Headers, person: Person, clock: time_machine.Traveller
) -> None:
    key = enrol(client, token_of(app, person))
    assert not is_fresh(client, token)
    assert prove(client, token, credential=key.get(ask_passkeys(client, token))) == (204, "")
    assert is_fresh(client, token)


def test_passkey_of_somebody_else_is_none(
    app: Flask, client: FlaskClient, token: Headers, person: Person
) -> None:
    enrol(client, token_of(app, person))
    eve = make_account(app)
    theirs = enrol(client, token_of(app, eve))
    answer = theirs.get(ask_passkeys(client, token))
    assert prove(client, token, credential=answer) == (403, "passkey_refused")
    assert not is_fresh(client, token)


def test_answer_for_one_session_is_none_in_another_and_none_twice(
    app: Flask, client: FlaskClient, token: Headers, person: Person
) -> None:
    other = token_of(app, person)
    key: SoftAuthenticator = enrol(client, other)
    options = ask_passkeys(client, token)
    assert prove(client, other, credential=key.get(options)) == (403, "passkey_refused")
    assert prove(client, token, credential=key.get(options)) == (403, "passkey_refused")


def test_options_for_somebody_without_a_passkey_are_refused(client: FlaskClient, token: Headers) -> None:
    assert client.post(f"{PROOF}/options", headers=token).get_json()["error"] == "passkey_refused"


@pytest.mark.parametrize("body", [{}, {"mfaCode": "123456"}, {"password": "x", "credential": {}}])
def test_neither_or_both_ways_are_refused(client: FlaskClient, token: Headers, body: dict[str, Any]) -> None:
    assert prove(client, token, **body) == (422, "invalid_input")


@pytest.mark.parametrize("path", ["", "/options"])
def test_proof_needs_a_session(client: FlaskClient, path: str) -> None:
    assert client.post(f"{PROOF}{path}", json={"password": "x"}).status_code == 401
    assert client.get(PROOF).status_code == 401
