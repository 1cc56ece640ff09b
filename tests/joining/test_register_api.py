"""Registration at the API, and what both faces refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.make import OTHER_PASSWORD, PASSWORD, make_account, make_administrator
from tests.signin.faces import ask, is_in, seen_by_a_stranger

GOOD = {"username": "eve", "email": "eve@example.org", "password": PASSWORD}


def register(client: FlaskClient, **values: Any) -> TestResponse:
    return client.post("/api/v1/register", json=GOOD | values)


@pytest.mark.database
def test_new_person_registers_and_signs_in(app: Flask, client: FlaskClient) -> None:
    make_administrator(app)
    response = register(client)
    assert (response.status_code, set(response.get_json())) == (202, {"message"})
    assert is_in(ask("api", client, "EVE", PASSWORD))


def test_nobody_registers_before_somebody_administers(client: FlaskClient) -> None:
    response = register(client)
    assert (response.status_code, response.get_json()["error"]) == (503, "setup_required")
    assert int(response.headers["Retry-After"]) > 0
    assert not is_in(ask("api", client, "eve", PASSWORD))


def test_closed_registration_is_refused(make_app: Callable[..., Flask]) -> None:
    app = make_app(REGISTRATION="closed")
    make_administrator(app)
    response = register(app.test_client())
    assert (response.status_code, response.get_json()["error"]) == (403, "registration_closed")


@pytest.mark.parametrize("email", ["Ada@example.org", "ada@EXAMPLE.ORG", "ada@example.org"])
@pytest.mark.parametrize("verified", [True, False])
def test_taken_address_is_answered_like_a_free_one(
    app: Flask, client: FlaskClient, email: str, verified: bool
) -> None:
    make_administrator(app)
    owner = make_account(app, "ada", verified=verified)
    taken = seen_by_a_stranger(register(client, email=email, password=OTHER_PASSWORD), email)
    free = seen_by_a_stranger(register(client, username="bob", email="bob@example.org"), email)
    assert (taken, taken.status) == (free, 202)
    assert not (verified and is_in(ask("api", client, owner.email, OTHER_PASSWORD)))


def test_claim_of_anothers_address_takes_nothing_from_its_owner(app: Flask, client: FlaskClient) -> None:
    make_administrator(app)
    owner = make_account(app, "ada")
    register(client, email=owner.email, password=OTHER_PASSWORD)
    assert is_in(ask("api", app.test_client(), owner.email, owner.password))


@pytest.mark.parametrize("username", ["ada", "ADA", "Ada", " ada "])
def test_taken_username_is_said(app: Flask, client: FlaskClient, username: str) -> None:
    make_administrator(app, "Ada")
    response = register(client, username=username)
    assert (response.status_code, response.get_json()["error"]) == (422, "username_taken")
    assert set(response.get_json()["fields"]) == {"username"}


BAD_USERNAMES = [
    *("", " ", "a", "x" * 41, "-ada", "ada-", ".ada", "ada.", "_a", "a b", "ada@example.org", "a/b", "<b>"),
    *(
        "ad\u00e9",
        "\u0430da",
        "\u212aate",
        "a\u200db",
        "ada\u00a0x",
        "a\tb",
        "a\nb",
        "\u2460\u2461",
        "x" * 255,
    ),
]


@pytest.mark.parametrize("username", BAD_USERNAMES)
def test_username_is_plain_and_of_fair_length(app: Flask, client: FlaskClient, username: str) -> None:
    make_administrator(app)
    response = register(client, username=username)
    assert (response.status_code, set(response.get_json()["fields"])) == (422, {"username"})


@pytest.mark.parametrize("username", ["ab", "x" * 40, "a.b-c_d", "0", "42", "A" * 40])
def test_username_within_the_rules_is_taken_as_it_is(app: Flask, client: FlaskClient, username: str) -> None:
    make_administrator(app)
    expected = 422 if len(username) < 2 else 202
    assert register(client, username=username).status_code == expected


@pytest.mark.parametrize(
    "email",
    [
        *("", "eve", "@example.org", "eve@", "a@b@c.org", "eve@exa mple.org", "eve@.org", "eve@[127.0.0.1]"),
        *("eve@example.org\r\nBcc: x@example.org", "e" * 250 + "@a.org", "eve@localhost"),
    ],
)
def test_address_must_be_one(app: Flask, client: FlaskClient, email: str) -> None:
    make_administrator(app)
    response = register(client, email=email)
    assert (response.status_code, set(response.get_json()["fields"])) == (422, {"email"})


BAD_PASSWORDS = [
    *(
        "",
        "short",
        "fourteen chars",
        "password1234567",
        "qwertyuiopasdfgh",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
    ),
    *("123456789012345", "eve@example.org1", "latchkeylatchkey", "p" * 1_001, "p" * 60_000),
]


@pytest.mark.parametrize("password", BAD_PASSWORDS)
def test_password_that_is_short_or_known_is_refused_in_words(
    app: Flask, client: FlaskClient, password: str
) -> None:
    make_administrator(app)
    response = register(client, password=password)
    assert (response.status_code, set(response.get_json()["fields"])) == (422, {"password"})
    assert not password or password not in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"roles": ["administrator"]}, "roles"),
        ({"verified": True}, "verified"),
        ({"id": "x"}, "id"),
        ({"username": ["eve"]}, "username"),
        ({"email": ["eve@example.org"]}, "email"),
        ({"password": [PASSWORD]}, "password"),
        ({"password": {"a": PASSWORD}}, "password"),
        ({"username": 42}, "username"),
        ({"username": "eve\x00"}, "username"),
        ({"email": "\ud800@example.org"}, "email"),
        ({"password": PASSWORD + "\x00"}, "password"),
        ({"password": PASSWORD + "\udc80"}, "password"),
    ],
)
def test_body_of_another_form_is_refused_by_field(
    app: Flask, client: FlaskClient, values: dict[str, Any], named: str
) -> None:
    make_administrator(app)
    response = register(client, **values)
    assert (response.status_code, set(response.get_json()["fields"])) == (422, {named})
    assert not is_in(ask("api", client, "eve", PASSWORD))
