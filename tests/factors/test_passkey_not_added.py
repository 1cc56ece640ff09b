"""A passkey that is not added: foreign, late, repeated, one too many, or without a fresh proof."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.factors.soft_authenticator import SoftAuthenticator, add, ask_to_create, enrol
from tests.make import Person, make_account, sign_in_by_api
from webapp.core import clock


@pytest.fixture
def person(app: Flask) -> Person:
    return make_account(app)


@pytest.fixture
def headers(client: FlaskClient, person: Person) -> dict[str, str]:
    return sign_in_by_api(client, person)


@pytest.mark.parametrize("path", ["/api/v1/factors/passkeys/options", "/api/v1/factors/passkeys"])
def test_stranger_is_refused(client: FlaskClient, path: str) -> None:
    assert client.post(path, json={"credential": {}}).get_json()["error"] == "token_missing"


def test_proof_that_is_not_fresh_is_asked_for_again(client: FlaskClient, headers: dict[str, str]) -> None:
    options = ask_to_create(client, headers)
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        asked = client.post("/api/v1/factors/passkeys/options", headers=headers)
        sent = add(client, headers, SoftAuthenticator().create(options))
    told = [(each.status_code, each.get_json()["error"]) for each in (asked, sent)]
    assert told == [(401, "insufficient_user_authentication")] * 2


def test_answer_after_five_minutes_is_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    made = SoftAuthenticator().create(ask_to_create(client, headers))
    with time_machine.travel(clock.now() + timedelta(minutes=5, seconds=1)):
        answer = add(client, headers, made)
    assert (answer.status_code, answer.get_json()["error"]) == (422, "passkey_not_added")


def test_challenge_is_answered_once(client: FlaskClient, headers: dict[str, str]) -> None:
    options = ask_to_create(client, headers)
    assert add(client, headers, SoftAuthenticator().create(options)).status_code == 201
    again = add(client, headers, SoftAuthenticator().create(options))
    assert again.get_json()["error"] == "passkey_not_added"


def test_wrong_answer_spends_the_challenge_too(client: FlaskClient, headers: dict[str, str]) -> None:
    options = ask_to_create(client, headers)
    wrong = SoftAuthenticator(origin="https://evil.example").create(options)
    assert add(client, headers, wrong).status_code == 422
    assert add(client, headers, SoftAuthenticator().create(options)).status_code == 422


def test_another_session_of_the_same_person_cannot_answer(
    app: Flask, client: FlaskClient, headers: dict[str, str], person: Person
) -> None:
    made = SoftAuthenticator().create(ask_to_create(client, headers))
    elsewhere = app.test_client()
    theirs = sign_in_by_api(elsewhere, person)
    assert add(elsewhere, theirs, made).get_json()["error"] == "passkey_not_added"


def test_credential_is_registered_once(app: Flask, client: FlaskClient, headers: dict[str, str]) -> None:
    device = enrol(client, headers)
    twice = add(client, headers, device.create(ask_to_create(client, headers)))
    other = app.test_client()
    theirs = sign_in_by_api(other, make_account(app))
    stolen = add(other, theirs, device.create(ask_to_create(other, theirs)))
    assert [(each.status_code, each.get_json()["error"]) for each in (twice, stolen)] == [
        (409, "passkey_added_already")
    ] * 2


@pytest.mark.database
def test_one_of_twenty_answers_at_once_is_taken(app: Flask, client: FlaskClient, person: Person) -> None:
    headers = sign_in_by_api(client, person)
    made = SoftAuthenticator().create(ask_to_create(client, headers))

    def send(_: int) -> int:
        return add(app.test_client(), headers, made).status_code

    with ThreadPoolExecutor(20) as pool:
        found = sorted(pool.map(send, range(20)))
    assert found == [201] + [422] * 19


def test_twenty_passkeys_are_enough(client: FlaskClient, headers: dict[str, str]) -> None:
    last = ask_to_create(client, headers)
    for _ in range(20):
        enrol(client, headers)
    asked = client.post("/api/v1/factors/passkeys/options", headers=headers)
    sent = add(client, headers, SoftAuthenticator().create(last))
    told = [(each.status_code, each.get_json()["error"]) for each in (asked, sent)]
    assert told == [(409, "too_many_factors")] * 2


@pytest.mark.parametrize("name", ["a" * 61, "\u200b", "a\u202eb", "a\u0007b"])
def test_name_that_cannot_be_shown_is_refused_and_spends_nothing(
    client: FlaskClient, headers: dict[str, str], name: str
) -> None:
    made = SoftAuthenticator().create(ask_to_create(client, headers))
    refused = add(client, headers, made, name=name)
    assert (refused.status_code, list(refused.get_json()["fields"])) == (422, ["name"])
    assert add(client, headers, made, name="Phone").status_code == 201
