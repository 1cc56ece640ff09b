"""CORS: a listed origin may ask and read, with cookies below /api/; all others get an answer without such headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.make import bearer, csrf_header, make_account, sign_in_by_api
from tests.servers.shared_routes import serve_too
from webapp.access.guards import public

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

LISTED = "https://app.localhost"
FROM_LISTED = {"Origin": LISTED, "Sec-Fetch-Site": "same-site"}
READABLE = "Date, DPoP-Nonce, WWW-Authenticate, Retry-After, X-Request-ID, X-Latchkey-Error"


@pytest.fixture
def environment() -> dict[str, str]:
    return {"CORS_ORIGINS": f"{LISTED}, http://localhost:5173"}


def cors_headers(answer: TestResponse) -> dict[str, str]:
    return {name: value for name, value in answer.headers if name.startswith("Access-Control-")}


def named_in(answer: TestResponse, header: str) -> set[str]:
    return set(answer.headers[header].split(", "))


def preflight(client: FlaskClient, path: str, method: str, origin: str = LISTED) -> TestResponse:
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization"}
    return client.options(path, headers={"Origin": origin, "Sec-Fetch-Site": "same-site", **asked})


def test_preflight_names_the_methods_of_that_path_and_our_headers(client: FlaskClient) -> None:
    answer = preflight(client, "/api/v1/profile", "PATCH")
    assert (answer.status_code, answer.data) == (204, b"")
    assert cors_headers(answer)["Access-Control-Allow-Origin"] == LISTED
    assert cors_headers(answer)["Access-Control-Allow-Credentials"] == "true"
    assert named_in(answer, "Access-Control-Allow-Methods") == {"GET", "HEAD", "PATCH"}
    assert named_in(answer, "Access-Control-Allow-Headers") == {
        "Authorization",
        "Content-Type",
        "DPoP",
        "X-CSRF-TOKEN",
    }
    assert int(answer.headers["Access-Control-Max-Age"]) == 600
    assert named_in(answer, "Vary") >= {
        "Origin",
        "Access-Control-Request-Method",
        "Access-Control-Request-Headers",
    }


@pytest.mark.parametrize("path", ["/api/v1/refresh", "/api/v2/sessions/x", "/api/v1/nothing"])
def test_preflight_needs_no_credentials_and_is_no_attempt(make_app: Callable[..., Flask], path: str) -> None:
    client = make_app(LIMIT_PER_ADDRESS="1/h", LIMIT_AUTH_PER_ADDRESS="1/h").test_client()
    answers = [preflight(client, path, "POST") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [204] * 4
    assert client.get("/api/v1/protected").status_code == 401


def test_options_that_is_no_preflight_goes_the_ordinary_way(client: FlaskClient) -> None:
    answer = client.options("/api/v1/login", headers=FROM_LISTED)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_page_of_a_listed_origin_signs_in_renews_and_signs_out(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    credentials = {"username": person.username, "password": person.password}
    signed_in = client.post("/api/v1/login", json=credentials, headers=FROM_LISTED)
    assert signed_in.headers["Access-Control-Allow-Origin"] == LISTED
    assert signed_in.headers["Access-Control-Expose-Headers"] == READABLE
    given = client.get("/api/v1/csrf", headers=FROM_LISTED)
    assert given.headers["Cache-Control"] == "no-store"
    csrf = {"X-CSRF-TOKEN": given.get_json()["csrf_token"]}
    assert csrf == csrf_header(client)
    renewed = client.post("/api/v1/refresh", headers=FROM_LISTED | csrf)
    token = bearer(renewed.get_json()["token"])
    assert client.get("/api/v1/profile", headers=FROM_LISTED | token).status_code == 200
    assert client.post("/api/v1/logout", headers=FROM_LISTED | csrf).status_code == 204
    assert client.get("/api/v1/protected", headers=token).status_code == 401


def test_refusals_can_be_read_too(make_app: Callable[..., Flask]) -> None:
    client = make_app(LIMIT_PER_ADDRESS="4/h").test_client()
    calls = [
        client.get("/api/v1/protected", headers=FROM_LISTED),
        client.get("/api/v1/nothing", headers=FROM_LISTED),
        client.delete("/api/v1/login", headers=FROM_LISTED),
        client.post("/api/v1/login", data=b"x" * 70_000, headers=FROM_LISTED),
        client.get("/api/v1//protected", headers=FROM_LISTED),
        client.get("/api/v1/csrf", headers=FROM_LISTED),
        client.get("/api/v1/protected", headers=FROM_LISTED),
    ]
    assert [answer.status_code for answer in calls] == [401, 404, 405, 413, 400, 401, 429]
    for answer in calls:
        assert answer.headers["Access-Control-Allow-Origin"] == LISTED
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert named_in(answer, "Vary") >= {"Origin"}


def test_failure_of_ours_can_be_read_too(app: Flask, client: FlaskClient) -> None:
    def fail() -> Any:
        raise RuntimeError

    serve_too(app, "/api/v1/broken", public(fail))
    answer = client.get("/api/v1/broken", headers=FROM_LISTED)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (500, LISTED)


def test_public_documents_are_for_every_origin_and_take_no_cookies(client: FlaskClient) -> None:
    for path in ("/.well-known/jwks.json", "/.well-known/oauth-authorization-server", "/openapi.json"):
        for origin in (LISTED, "https://elsewhere.example", "null"):
            answer = client.get(path, headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"})
            assert cors_headers(answer) == {"Access-Control-Allow-Origin": "*"}, path
            assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/login", "/account", "/static/v-x/css/base.css", "/healthz", "/apiary"])
def test_nothing_else_is_shared(client: FlaskClient, path: str) -> None:
    assert cors_headers(client.get(path, headers=FROM_LISTED)) == {}
    assert cors_headers(preflight(client, path, "POST")) == {}


def test_without_a_list_there_is_no_cors(make_app: Callable[..., Flask]) -> None:
    client = make_app(CORS_ORIGINS="").test_client()
    assert cors_headers(client.get("/api/v1/protected", headers=FROM_LISTED)) == {}
    assert preflight(client, "/api/v1/protected", "GET").status_code == 405


def test_csrf_value_is_for_those_who_hold_the_cookie(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/api/v1/csrf", headers=FROM_LISTED)
    assert (answer.status_code, answer.get_json()["error"]) == (401, "refresh_token_missing")
    client.set_cookie("__Host-refresh_token", "a.b.c", domain="localhost", secure=True)
    assert client.get("/api/v1/csrf").status_code == 401
    sign_in_by_api(client, make_account(app))
    for own in ({}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
        assert client.get("/api/v1/csrf", headers=own).get_json() == {
            "csrf_token": csrf_header(client)["X-CSRF-TOKEN"]
        }
    assert client.get("/api/v2/csrf").status_code == 200
