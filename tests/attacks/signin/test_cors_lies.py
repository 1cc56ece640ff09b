"""Origins that resemble a listed one, and listed ones from the wrong place: no headers, no cookie, no CSRF value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.make import csrf_header, make_account, sign_in_by_api

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

LISTED = "https://app.localhost"
LIES = [
    "null",
    "",
    "*",
    "https://localhost",
    "http://app.localhost",
    "https://app.localhost.",
    "https://app.localhost/",
    "https://app.localhost:443",
    "https://app.localhost:8443",
    "https://app.localhost.evil.example",
    "https://evil-app.localhost",
    "https://evil.app.localhost",
    "https://evilapp.localhost",
    "https://app.localhost@evil.example",
    "https://evil.example@app.localhost",
    "https://evil.example#https://app.localhost",
    "https://evil.example/https://app.localhost",
    "https://app.localhos",
    "https://app_localhost",
    "https://appxlocalhost",
    "HTTPS://APP.LOCALHOST",
    " https://app.localhost",
    "https://app.localhost, https://evil.example",
    "https://evil.example,https://app.localhost",
    "https://app.localhost\x00",
    "https://app.localhost\t",
    "https://\u0430pp.localhost".encode().decode("latin-1"),
    "https://app.localhost" + "a" * 5_000,
]


@pytest.fixture
def environment() -> dict[str, str]:
    return {"CORS_ORIGINS": LISTED, "LIMIT_AUTH_PER_ADDRESS": "1000/h"}


def test_no_lie_is_answered_with_a_cors_header(app: Flask, client: FlaskClient) -> None:
    token = sign_in_by_api(client, make_account(app))
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    for lie in LIES:
        for site in ({}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "cross-site"}):
            headers = {"Origin": lie, **site}
            answers = [
                client.options("/api/v1/refresh", headers=headers | asked),
                client.get("/api/v1/profile", headers=headers | token),
            ]
            for answer in answers:
                assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")], lie
                assert answer.status_code < 500, lie


def test_no_lie_gets_the_csrf_value_or_a_renewal(app: Flask, client: FlaskClient) -> None:
    sign_in_by_api(client, make_account(app))
    before = client.get_cookie("__Host-refresh_token")
    for lie in LIES:
        for site in ({}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "cross-site"}):
            if not site and lie == "https://localhost":
                continue  # That is ourselves.
            headers = {"Origin": lie, **site}
            asked = client.get("/api/v1/csrf", headers=headers)
            renewed = client.post("/api/v1/refresh", headers=headers | csrf_header(client))
            assert {asked.status_code, renewed.status_code} <= {400, 403, 431}, lie
            assert "csrf_token" not in asked.text
    assert client.get_cookie("__Host-refresh_token") == before


@pytest.mark.parametrize("site", ["cross-site", "Same-Site", "same-site, same-origin", "", "none "])
def test_listed_origin_of_another_site_has_no_use_of_cookies(
    app: Flask, client: FlaskClient, site: str
) -> None:
    person = make_account(app)
    sign_in_by_api(client, person)
    headers = {"Origin": LISTED, "Sec-Fetch-Site": site}
    credentials = {"username": person.username, "password": person.password}
    assert client.get("/api/v1/csrf", headers=headers).status_code == 403
    assert client.post("/api/v1/refresh", headers=headers | csrf_header(client)).status_code == 403
    assert client.post("/api/v1/logout", headers=headers | csrf_header(client)).status_code == 403
    assert client.post("/api/v1/login", json=credentials, headers=headers).status_code == 403


def test_same_site_without_an_origin_is_not_a_listed_one(app: Flask, client: FlaskClient) -> None:
    # What <script src> of a sibling sends: the cookie comes along, Origin does not.
    sign_in_by_api(client, make_account(app))
    assert client.get("/api/v1/csrf", headers={"Sec-Fetch-Site": "same-site"}).status_code == 403


def test_listed_origin_sends_no_form_of_a_page(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    listed = {"Origin": LISTED, "Sec-Fetch-Site": "same-site"}
    for path in ("/login", "/logout", "/register", "/appearance"):
        assert client.post(path, data={"username": person.username}, headers=listed).status_code == 403, path


def test_listed_origin_needs_the_csrf_value_all_the_same(app: Flask, client: FlaskClient) -> None:
    sign_in_by_api(client, make_account(app))
    listed = {"Origin": LISTED, "Sec-Fetch-Site": "same-site"}
    for path in ("/api/v1/refresh", "/api/v1/logout"):
        answer = client.post(path, headers=listed)
        assert (answer.status_code, answer.get_json()["error"]) == (403, "csrf_failed"), path
