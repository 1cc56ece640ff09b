"""Signing in at the API: the answer, and what is refused before anything is tried."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.make import PASSWORD, bearer, make_account, make_administrator
from tests.signin.faces import ask


def test_answer_is_an_access_token_that_opens_a_protected_call(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    answer = ask("api", client, person.username, person.password).get_json()
    assert set(answer) == {"token", "token_type", "expires_in", "scope"}
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 900)
    told = client.get("/api/v1/protected", headers=bearer(answer["token"])).get_json()
    assert told["user"] == {"id": person.id, "username": person.username}


def test_scopes_are_those_of_the_roles(app: Flask, client: FlaskClient) -> None:
    person, administrator = make_account(app), make_administrator(app)
    mine = ask("api", client, person.username, PASSWORD).get_json()["scope"].split()
    theirs = ask("api", client, administrator.username, PASSWORD).get_json()["scope"].split()
    assert {"read:profile", "write:profile"} <= set(mine)
    assert "admin:write" not in mine
    assert "admin:write" in theirs


def test_unverified_address_holds_a_person_back_to_their_profile(app: Flask, client: FlaskClient) -> None:
    person = make_account(app, roles=("user", "administrator"), verified=False)
    answer = ask("api", client, person.username, person.password).get_json()
    assert answer["scope"].split() == ["read:profile", "write:profile"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, {"username", "password"}),
        ({"username": "ada"}, {"password"}),
        ({"username": ["ada"], "password": PASSWORD}, {"username"}),
        ({"username": "ada", "password": [PASSWORD]}, {"password"}),
        ({"username": "ada", "password": 15}, {"password"}),
        ({"username": None, "password": None}, {"username", "password"}),
        ({"username": {"$ne": ""}, "password": {"$ne": ""}}, {"username", "password"}),
        ({"username": "ada", "password": PASSWORD, "roles": ["administrator"]}, {"roles"}),
        ({"username": "a" * 255, "password": PASSWORD}, {"username"}),
        ({"username": "ada", "password": "p" * 60_000}, {"password"}),
        ({"username": "ada\x00", "password": PASSWORD}, {"username"}),
        ({"username": "ada", "password": PASSWORD + "\x00"}, {"password"}),
        ({"username": "\ud800", "password": PASSWORD}, {"username"}),
        ({"username": "ada", "password": PASSWORD + "\udfff"}, {"password"}),
    ],
)
def test_body_of_another_form_is_refused_by_field(
    app: Flask, client: FlaskClient, body: dict[str, Any], named: set[str]
) -> None:
    make_account(app, "ada")
    response = client.post("/api/v1/login", json=body)
    assert response.status_code == 422
    assert set(response.get_json()["fields"]) == named
    assert PASSWORD not in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"null", "application/json", 400),
        (b'{"username": "ada"', "application/json", 400),
        (b'{"username": "ada", "username": "eve", "password": "x"}', "application/json", 400),
        (b'{"username": NaN, "password": "x"}', "application/json", 400),
        (b'{"username": "\xff", "password": "x"}', "application/json", 400),
        (b"[" * 50_000, "application/json", 400),
        (b'{"a":' * 10_000, "application/json", 400),
        (b"username=ada&password=x", "application/x-www-form-urlencoded", 415),
        (b'{"username": "ada", "password": "x"}', "text/plain", 415),
        (b'{"username": "ada", "password": "x"}', "", 415),
        (b" " * 65_537, "application/json", 413),
    ],
)
def test_unreadable_body_is_refused(client: FlaskClient, data: bytes, kind: str, status: int) -> None:
    response = client.post("/api/v1/login", data=data, content_type=kind)
    assert response.status_code == status
    assert set(response.get_json()) == {"error", "message", "request_id"}


def test_empty_name_and_password_are_wrong_ones(client: FlaskClient) -> None:
    response = ask("api", client, "", "")
    assert (response.status_code, response.get_json()["error"]) == (401, "invalid_credentials")


def test_reading_the_address_of_sign_in_is_not_possible(client: FlaskClient) -> None:
    response = client.get("/api/v1/login")
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
