"""What an attacker sends in the place of a new passkey is refused in words, whatever it is."""

from __future__ import annotations

import random
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from flask import Flask
from flask.testing import FlaskClient

from tests.factors.soft_authenticator import (
    BS,
    ES256,
    RS256,
    UP,
    UV,
    SoftAuthenticator,
    add,
    ask_to_create,
    b64,
    unb64,
)  # fmt: skip
from tests.make import make_account, sign_in_by_api


@pytest.fixture
def headers(app: Flask, client: FlaskClient) -> dict[str, str]:
    return sign_in_by_api(client, make_account(app))


def refusal(client: FlaskClient, headers: dict[str, str], credential: Any) -> tuple[int, str]:
    answer = add(client, headers, credential)
    return answer.status_code, answer.get_json().get("error", "")


def weak_rsa() -> dict[int, Any]:
    numbers = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
    return {1: 3, 3: RS256, -1: numbers.n.to_bytes(128, "big"), -2: b"\x01\x00\x01"}


def busy_rsa() -> dict[int, Any]:
    return {1: 3, 3: RS256, -1: b"\xff" * 512, -2: b"\xff" * 500}


def other_curve() -> dict[int, Any]:
    point = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
    return {1: 2, 3: -35, -1: 2, -2: point.x.to_bytes(48, "big"), -3: point.y.to_bytes(48, "big")}


REFUSED = (422, "passkey_not_added")


@pytest.mark.parametrize(
    "properties",
    [
        {"origin": "https://localhost.evil.example"},
        {"origin": "http://localhost"},
        {"origin": "https://localhost:8443"},
        {"rp_id": "evil.example"},
        {"flags": UP},
        {"flags": UV},
        {"flags": UP | UV | BS},
        {"cross_origin": True},
        {"credential_id": b""},
        {"credential_id": b"x" * 1024},
    ],
)
def test_ceremony_of_another_kind_is_refused(
    client: FlaskClient, headers: dict[str, str], properties: dict[str, Any]
) -> None:
    made = SoftAuthenticator(**properties).create(ask_to_create(client, headers))
    assert refusal(client, headers, made) == REFUSED


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "webauthn.get"},
        {"type": ["webauthn.create"]},
        {"challenge": b64(b"made up by the attacker, 32 byte")},
        {"challenge": 7},
        {"origin": ["https://localhost"]},
        {"fmt": "packed"},
        {"fmt": "fido-u2f", "statement": {"x5c": [b"x"], "sig": b"x"}},
        {"fmt": "android-key", "statement": {"x5c": [b"x"], "sig": b"x", "alg": -7}},
        {"fmt": "tpm", "statement": {"ver": "2.0", "certInfo": b"", "pubArea": b"", "x5c": []}},
        {"fmt": "none", "statement": {"sig": b"x"}},
        {"fmt": 7},
        {"cose": {}},
        {"cose": {1: 2, 3: ES256, -1: 1, -2: b"\x01" * 32, -3: b"\x01" * 32}},
        {"cose": {1: 2, 3: ES256, -1: 1, -2: "text", -3: []}},
        {"cose": {1: 1, 3: -8, -1: 6, -2: b"short"}},
        {"cose": weak_rsa()},
        {"cose": busy_rsa()},
        {"cose": other_curve()},
        {"auth_data": b"\x00" * 36},
        {"auth_data": b"\xff" * 200},
        {"auth_data": "text"},
    ],
)
def test_changed_answer_is_refused(
    client: FlaskClient, headers: dict[str, str], changed: dict[str, Any]
) -> None:
    made = SoftAuthenticator().create(ask_to_create(client, headers), **changed)
    assert refusal(client, headers, made) == REFUSED


@pytest.mark.parametrize("place", ["id", "rawId", "type", "response", "clientDataJSON", "attestationObject"])
def test_value_of_another_type_is_refused(client: FlaskClient, headers: dict[str, str], place: str) -> None:
    values: list[Any] = [None, 7, [], {}, "", "%%%", "AAAA", "é", "a" * 40_000]
    for value in values:
        made = SoftAuthenticator().create(ask_to_create(client, headers))
        (made if place in made else made["response"])[place] = value
        assert refusal(client, headers, made) == REFUSED, value


@pytest.mark.parametrize("transports", [7, "usb", [7, None], ["carrier pigeon"], [["usb"]]])
def test_transports_that_nobody_knows_are_left_out(
    client: FlaskClient, headers: dict[str, str], transports: Any
) -> None:
    made = SoftAuthenticator().create(ask_to_create(client, headers), transports=transports)
    assert add(client, headers, made).status_code == 201
    assert ask_to_create(client, headers)["excludeCredentials"][0].get("transports", []) == []


def test_cut_and_garbled_cbor_is_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    chance = random.Random(7)
    whole = unb64(SoftAuthenticator().create(ask_to_create(client, headers))["response"]["attestationObject"])
    forged = [whole[:cut] for cut in range(0, len(whole), 9)]
    forged += [
        whole[:at] + chance.randbytes(1) + whole[at + 1 :] for at in chance.sample(range(30, len(whole)), 30)
    ]
    forged += [b"\x81" * 20_000, b"\x9b" + b"\xff" * 8, cbor2.dumps([whole]), b"\xd8\x1c\x81\xd8\x1d\x00"]
    for each in forged:
        made = SoftAuthenticator().create(ask_to_create(client, headers))
        made["response"]["attestationObject"] = b64(each)
        status, _ = refusal(client, headers, made)
        # A flipped bit of the counter or the backup flag makes another passkey of it, and no worse one.
        assert status in {201, 422, 409}, each.hex()


def test_challenge_for_signing_in_adds_no_passkey(client: FlaskClient, headers: dict[str, str]) -> None:
    asked = client.post("/api/v1/login/passkey/options").get_json()["options"]
    options = ask_to_create(client, headers) | {"challenge": asked["challenge"]}
    assert refusal(client, headers, SoftAuthenticator().create(options)) == REFUSED


def test_another_persons_challenge_adds_no_passkey(
    app: Flask, client: FlaskClient, headers: dict[str, str]
) -> None:
    other = app.test_client()
    theirs = sign_in_by_api(other, make_account(app))
    assert refusal(other, theirs, SoftAuthenticator().create(ask_to_create(client, headers))) == REFUSED
