"""Whoever has not got the passkey gets in by no answer of their own making, and breaks nothing with it."""

from __future__ import annotations

import random
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factors.soft_authenticator import (
    BE,
    BS,
    UP,
    UV,
    Key,
    SoftAuthenticator,
    add,
    ask_to_create,
    b64,
    enrol,
    unb64,
)  # fmt: skip
from tests.make import make_account, sign_in_by_api
from tests.signin.faces import FACES
from tests.signin.passkey_faces import Visit, make_person_with_passkey

REFUSED = 403


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    "properties",
    [
        {"origin": "https://localhost.evil.example"},
        {"origin": "http://localhost"},
        {"rp_id": "evil.example"},
        {"flags": UP | BE | BS},
        {"flags": UV | BE | BS},
        {"flags": UP | UV | BS},
        {"cross_origin": True},
        {"key": Key()},
        {"credential_id": b"somebody else's credential"},
        {"user_handle": b"somebody else"},
    ],
)
def test_answer_that_is_not_the_passkeys_own_is_refused(
    app: Flask, client: FlaskClient, face: str, properties: dict[str, Any]
) -> None:
    _, device = make_person_with_passkey(app)
    device.__dict__.update(properties)
    visit = Visit(face, client)
    assert visit.send(device.get(visit.ask())).status_code == REFUSED


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "webauthn.create"},
        {"type": None},
        {"challenge": b64(b"made up by the attacker, 32 byte")},
        {"challenge": None},
        {"origin": None},
        {"signature": b"x"},
        {"signature": b"\x30\x06\x02\x01\x00\x02\x01\x00"},
    ],
)
def test_changed_answer_is_refused(app: Flask, client: FlaskClient, changed: dict[str, Any]) -> None:
    _, device = make_person_with_passkey(app)
    visit = Visit("api", client)
    assert visit.send(device.get(visit.ask(), **changed)).status_code == REFUSED


@pytest.mark.parametrize("place", ["id", "rawId", "type", "response", "clientDataJSON", "authenticatorData",
                                   "signature", "userHandle"])  # fmt: skip
def test_value_of_another_type_is_refused(app: Flask, client: FlaskClient, place: str) -> None:
    _, device = make_person_with_passkey(app)
    values: list[Any] = [7, [], {}, "", "%%%", "AAAA", "é", "a" * 40_000]
    for value in values:
        visit = Visit("api", client)
        answer = device.get(visit.ask())
        (answer if place in answer else answer["response"])[place] = value
        assert visit.send(answer).status_code == REFUSED, value


@pytest.mark.parametrize("body", [{}, {"credential": {}}, {"credential": "{}", "ceremony": ""}, [], "text",
                                  {"credential": {}, "ceremony": "a" * 65},
                                  {"credential": {}, "ceremony": "", "account": "me"}])  # fmt: skip
def test_body_of_another_form_is_refused(client: FlaskClient, body: Any) -> None:
    assert client.post("/api/v1/login/passkey", json=body).status_code in {400, 422}


def test_garbled_authenticator_data_is_refused(app: Flask, client: FlaskClient) -> None:
    _, device = make_person_with_passkey(app)
    visit, chance = Visit("api", client), random.Random(7)
    whole = unb64(device.get(visit.ask())["response"]["authenticatorData"])
    forged = [whole[:cut] for cut in range(0, 37, 6)] + [whole + chance.randbytes(9)]
    forged += [whole[:32] + bytes([flags]) + whole[33:] + b"\x81" * 500 for flags in (0xC5, 0x45, 0x85)]
    for each in forged:
        answer = device.get(visit.ask())
        answer["response"]["authenticatorData"] = b64(each)
        assert visit.send(answer).status_code in {REFUSED, 429}, each.hex()


def test_answer_for_another_purpose_is_refused(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    headers = sign_in_by_api(client, person)
    device = enrol(client, headers)
    visit = Visit("api", client)
    visit.ask()
    assert visit.send(device.get(ask_to_create(client, headers))).status_code == REFUSED
    proof = client.post("/api/v1/proof/options", headers=headers).get_json()["options"]
    assert visit.send(device.get(proof)).status_code == REFUSED
    # Both are of this session, so nothing but the purpose tells them apart.
    swapped = device.get(ask_to_create(client, headers))
    assert client.post("/api/v1/proof", json={"credential": swapped}, headers=headers).status_code == REFUSED
    proof = client.post("/api/v1/proof/options", headers=headers).get_json()["options"]
    made = SoftAuthenticator().create(ask_to_create(client, headers) | {"challenge": proof["challenge"]})
    assert add(client, headers, made).status_code == 422
    # And no answer of signing in proves anything in a session.
    sent = client.post("/api/v1/proof", json={"credential": device.get(visit.ask())}, headers=headers)
    assert sent.status_code == REFUSED


def test_another_persons_passkey_is_no_proof(app: Flask, client: FlaskClient) -> None:
    _, theirs = make_person_with_passkey(app)
    headers = sign_in_by_api(client, make_account(app))
    enrol(client, headers)
    options = client.post("/api/v1/proof/options", headers=headers).get_json()["options"]
    sent = client.post("/api/v1/proof", json={"credential": theirs.get(options)}, headers=headers)
    assert sent.status_code == REFUSED


def test_passkey_cannot_be_taken_over_by_its_credential_id(app: Flask, client: FlaskClient) -> None:
    """An attacker who learnt the id adds it to an account of their own, with a key of their own."""
    person, device = make_person_with_passkey(app)
    mine = SoftAuthenticator(credential_id=device.credential_id)
    other = app.test_client()
    headers = sign_in_by_api(other, make_account(app))
    assert add(other, headers, mine.create(ask_to_create(other, headers))).status_code == 409
    visit = Visit("api", client)
    assert visit.send(mine.get(visit.ask(), user_handle=person.id.encode())).status_code == REFUSED
    assert visit.send(device.get(visit.ask())).status_code == 200
