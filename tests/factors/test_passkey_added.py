"""Adding a passkey: what the browser is asked to make, what is kept of it, and what follows."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factors.soft_authenticator import (
    BE,
    BS,
    EDDSA,
    ES256,
    RS256,
    UP,
    UV,
    Key,
    SoftAuthenticator,
    add,
    ask_to_create,
    b64,
    enrol,
)  # fmt: skip
from tests.make import Person, make_account, sign_in_by_api


@pytest.fixture
def person(app: Flask) -> Person:
    return make_account(app)


@pytest.fixture
def headers(client: FlaskClient, person: Person) -> dict[str, str]:
    return sign_in_by_api(client, person)


def passkeys_of(client: FlaskClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/v1/factors", headers=headers).get_json()["passkeys"]
    return found


def test_browser_is_asked_for_a_discoverable_passkey_that_verifies_its_user(
    client: FlaskClient, headers: dict[str, str], person: Person
) -> None:
    options = ask_to_create(client, headers)
    assert options["rp"] == {"name": "Latchkey", "id": "localhost"}
    assert options["user"] == {
        "id": b64(person.id.encode()),
        "name": person.username,
        "displayName": person.username,
    }
    assert [each["alg"] for each in options["pubKeyCredParams"]] == [ES256, EDDSA, RS256]
    chosen = options["authenticatorSelection"]
    assert (chosen["residentKey"], chosen["userVerification"]) == ("required", "required")
    assert (options["attestation"], options["timeout"], len(options["challenge"])) == ("none", 300_000, 43)


@pytest.mark.database
def test_first_passkey_brings_recovery_codes_and_a_second_does_not(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    made = SoftAuthenticator().create(ask_to_create(client, headers))
    first = add(client, headers, made, name="  Desk   key ").get_json()
    assert first["passkey"] | {"id": "", "created_at": ""} == {
        "id": "", "name": "Desk key", "synced": True, "created_at": "", "last_used_at": None,
    }  # fmt: skip
    assert len(set(first["recovery_codes"])) == 10
    second = add(client, headers, SoftAuthenticator().create(ask_to_create(client, headers))).get_json()
    assert second["recovery_codes"] is None
    assert [each["id"] for each in passkeys_of(client, headers)] == [
        first["passkey"]["id"],
        second["passkey"]["id"],
    ]


@pytest.mark.parametrize("algorithm", [ES256, EDDSA, RS256])
def test_each_algorithm_asked_for_is_taken(
    client: FlaskClient, headers: dict[str, str], algorithm: int
) -> None:
    enrol(client, headers, key=Key(algorithm))
    assert len(passkeys_of(client, headers)) == 1


@pytest.mark.parametrize(
    ("flags", "synced"), [(UP | UV | BE | BS, True), (UP | UV | BE, False), (UP | UV, False)]
)
def test_backup_is_told(client: FlaskClient, headers: dict[str, str], flags: int, synced: bool) -> None:
    enrol(client, headers, flags=flags)
    assert passkeys_of(client, headers)[0]["synced"] is synced


def test_passkeys_there_are_excluded_with_their_transports(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    device = enrol(client, headers)
    excluded = ask_to_create(client, headers)["excludeCredentials"]
    assert excluded == [
        {"id": b64(device.credential_id), "type": "public-key", "transports": ["hybrid", "internal"]}
    ]


def test_passkey_without_a_name_is_called_as_the_device_and_numbered(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    enrol(client, headers)
    enrol(client, headers)
    first, second = (each["name"] for each in passkeys_of(client, headers))
    assert second == f"{first} 2"


def test_first_passkey_ends_every_other_session(
    app: Flask, client: FlaskClient, headers: dict[str, str], person: Person
) -> None:
    elsewhere = app.test_client()
    theirs = sign_in_by_api(elsewhere, person)
    enrol(client, headers)
    assert elsewhere.get("/api/v1/profile", headers=theirs).status_code == 401
    assert client.get("/api/v1/profile", headers=headers).get_json()["has_second_factor"] is True


def test_front_ends_of_password_managers_are_told_where_passkeys_are_kept(client: FlaskClient) -> None:
    answer = client.get("/.well-known/passkey-endpoints")
    assert answer.content_type == "application/json"
    where = "https://localhost/account/security"
    assert answer.get_json() == {"enroll": where, "manage": where}
