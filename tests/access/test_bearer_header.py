"""What the API says to a call without a good token: 401 with a challenge, 403 for a good token that is not enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.make import make_account, sign_in_by_api
from tests.tokens.dpop_key import BoundCaller
from webapp.accounts import service as accounts
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

NO_TOKEN = ["", "Bearer", "Bearer ", "Basic YTpi", "DPoP x.y.z", "Token x", "x.y.z", "BearerX y"]
BAD_TOKEN = [
    "Bearer x",
    "bearer x.y.z",
    "Bearer x y",
    "Bearer \xff",
    "Bearer a.b.c.d.e",
    "Bearer " + "a" * 9_000,
    "Bearer ..",
]


@pytest.mark.parametrize("value", NO_TOKEN)
def test_call_without_a_token_learns_the_scheme_and_no_more(client: FlaskClient, value: str) -> None:
    answer = client.get("/api/v1/protected", headers={"Authorization": value} if value else {})
    assert (answer.status_code, answer.get_json()["error"]) == (401, "token_missing")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("value", BAD_TOKEN, ids=lambda value: value[:20])
def test_bad_token_is_told_so(client: FlaskClient, value: str) -> None:
    answer = client.get("/api/v1/protected", headers={"Authorization": value})
    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_token")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_scheme_is_read_in_any_case(app: Flask, client: FlaskClient, scheme: str) -> None:
    token = sign_in_by_api(client, make_account(app))["Authorization"].removeprefix("Bearer ")
    assert client.get("/api/v1/protected", headers={"Authorization": f"{scheme} {token}"}).status_code == 200


def test_repeated_authorization_is_refused(app: Flask, client: FlaskClient) -> None:
    token = sign_in_by_api(client, make_account(app))["Authorization"]
    answer = client.get("/api/v1/protected", headers={"Authorization": f"{token}, {token}"})
    assert (answer.status_code, answer.get_json()["error"]) == (400, "repeated_header")


def test_token_is_taken_from_nowhere_else(app: Flask, client: FlaskClient) -> None:
    token = sign_in_by_api(client, make_account(app))["Authorization"].removeprefix("Bearer ")
    client.set_cookie("access_token_cookie", token)
    for options in (
        {"query_string": {"access_token": token, "jwt": token}},
        {"data": {"access_token": token}},
    ):
        answer = client.get("/api/v1/protected", **options)
        assert (answer.status_code, answer.get_json()["error"]) == (401, "token_missing")


def test_good_token_without_the_scope_is_403_and_names_it(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    plain, bound = sign_in_by_api(client, person), BoundCaller(app.test_client(), person)
    with app.app_context(), unit_of_work():
        accounts.change_roles(accounts.get_account(person.id), [], actor_id=person.id)
    first, second = client.get("/api/v1/profile", headers=plain), bound.call("GET", "/api/v2/profile")
    assert (first.status_code, first.get_json()["error"]) == (403, "insufficient_scope")
    assert (second.status_code, second.get_json()["code"]) == (403, "insufficient_scope")
    assert first.get_json()["scope"] == second.get_json()["scope"] == "read:profile"
    told = 'error="insufficient_scope", scope="read:profile"'
    assert first.headers["WWW-Authenticate"] == f"Bearer {told}"
    assert second.headers["WWW-Authenticate"] == f'DPoP {told}, algs="ES256"'


def test_body_of_a_call_without_a_token_is_not_looked_at(client: FlaskClient) -> None:
    answer = client.patch("/api/v1/profile", data="{", content_type="text/plain")
    assert answer.status_code == 401
