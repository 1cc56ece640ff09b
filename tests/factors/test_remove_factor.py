"""Removing and renaming: what follows for sessions, recovery codes and the owner's mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.factors.faces import FACTORS, account_of, begin, factors_of, token_of
from tests.mailbox import letters_to
from tests.make import enrol_app, make_account
from tests.signin.faces import events_of

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def environment() -> dict[str, str]:
    return {"SMTP_URL": "smtp://127.0.0.1:9", "MAIL_FROM": "latchkey@example.org"}


@pytest.mark.database
def test_codes_go_with_the_last_factor(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    enrolled = enrol_app(app, person, "Phone")
    token = token_of(app, person)
    assert client.delete(f"{FACTORS}/{enrolled.id}", headers=token).status_code == 204
    assert factors_of(client, token) == {
        "totp": [],
        "passkeys": [],
        "recovery_codes": {"left": 0, "made_at": None},
        "required": False,
    }
    assert account_of(app, person).second_factor_since is None


def test_first_factor_after_the_last_brings_new_codes(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    before = enrol_app(app, person)
    client.delete(f"{FACTORS}/{before.id}", headers=token_of(app, person))
    after = enrol_app(app, person)
    assert len(set(before.recovery_codes + after.recovery_codes)) == 20


def test_codes_stay_while_a_factor_is_left(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    first = enrol_app(app, person)
    enrol_app(app, person)
    token = token_of(app, person)
    client.delete(f"{FACTORS}/{first.id}", headers=token)
    found = factors_of(client, token)
    assert (len(found["totp"]), found["recovery_codes"]["left"]) == (1, 10)
    assert account_of(app, person).second_factor_since is not None


def test_every_other_session_ends(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    first = enrol_app(app, person)
    enrol_app(app, person)
    elsewhere, here = token_of(app, person), token_of(app, person)
    client.delete(f"{FACTORS}/{first.id}", headers=here)
    answer = client.get(FACTORS, headers=elsewhere)
    assert (answer.status_code, answer.get_json()["cause"]) == (401, "factor_changed")
    assert client.get(FACTORS, headers=here).status_code == 200


def test_owner_hears_which_one_is_gone(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    enrolled = enrol_app(app, person, "Phone")
    client.delete(f"{FACTORS}/{enrolled.id}", headers=token_of(app, person))
    (letter,) = letters_to(app, person.email, kind="factor_removed")
    assert "“Phone”" in letter.paragraphs[0]
    assert "password alone" in letter.paragraphs[-1]
    assert events_of(app, "totp.removed") == ['{"name":"Phone"}']


def test_rename_is_kept_and_recorded(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    enrolled = enrol_app(app, person, "Phone")
    token = token_of(app, person)
    answer = client.patch(f"{FACTORS}/{enrolled.id}", headers=token, json={"name": "  Old   phone "})
    assert (answer.status_code, answer.get_json()) == (200, {"id": enrolled.id, "name": "Old phone"})
    assert factors_of(client, token)["totp"][0]["name"] == "Old phone"
    assert events_of(app, "factor.renamed") == ['{"after":"Old phone","before":"Phone"}']


def test_removal_needs_a_fresh_proof(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = make_account(app)
        enrolled = enrol_app(app, person)
        token = token_of(app, person)
        clock.shift(timedelta(minutes=10))
        answer = client.delete(f"{FACTORS}/{enrolled.id}", headers=token)
        assert (answer.status_code, answer.get_json()["error"]) == (401, "insufficient_user_authentication")
    assert account_of(app, person).second_factor_since is not None


@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_factor_of_somebody_else_is_not_there(app: Flask, client: FlaskClient, method: str) -> None:
    theirs = enrol_app(app, make_account(app), "Phone")
    body = {"name": "Mine"} if method == "PATCH" else None
    mine = token_of(app, make_account(app))
    answer = client.open(f"{FACTORS}/{theirs.id}", method=method, headers=mine, json=body)
    assert (answer.status_code, answer.get_json()["error"]) == (404, "factor_not_found")
    assert client.open(f"{FACTORS}/{theirs.id}", method=method, json=body).status_code == 401


def test_app_that_was_only_begun_can_be_neither_renamed_nor_removed(app: Flask, client: FlaskClient) -> None:
    token = token_of(app, make_account(app))
    path = f"{FACTORS}/{begin(client, token)['id']}"
    assert client.delete(path, headers=token).status_code == 404
    assert client.patch(path, headers=token, json={"name": "Phone"}).status_code == 404


def test_factor_is_removed_once(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    enrolled = enrol_app(app, person)
    token = token_of(app, person)
    path = f"{FACTORS}/{enrolled.id}"
    assert [client.delete(path, headers=token).status_code for _ in range(2)] == [204, 404]


@pytest.mark.parametrize("body", [{}, {"name": None}, {"name": "x" * 61}, {"name": "a\u202eb"}, {"id": "x"}])
def test_unfit_rename_changes_nothing(app: Flask, client: FlaskClient, body: dict[str, Any]) -> None:
    person = make_account(app)
    enrolled = enrol_app(app, person, "Phone")
    token = token_of(app, person)
    assert client.patch(f"{FACTORS}/{enrolled.id}", headers=token, json=body).status_code == 422
    assert factors_of(client, token)["totp"][0]["name"] == "Phone"
