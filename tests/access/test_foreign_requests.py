"""State changes that another site sends are refused: by Sec-Fetch-Site first, by Origin where that is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.make import csrf_header, make_account, sign_in, sign_in_by_api
from webapp.sessions import service as sessions

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.page_client import PageClient

OWN = "https://localhost"
FOREIGN = [
    "https://evil.example",
    "null",
    "https://localhost.evil.example",
    "http://localhost",
    "https://localhost:1",
    "",
]
REFUSED = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "Same-Origin"},
    {"Sec-Fetch-Site": "cross-site", "Origin": OWN},
    *[{"Origin": origin} for origin in FOREIGN],
]
ADMITTED = [
    {},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin", "Origin": OWN},
    {"Origin": OWN},
]


@pytest.mark.parametrize("headers", REFUSED, ids=str)
def test_foreign_sign_in_is_refused_on_both_faces(app: Flask, headers: dict[str, str]) -> None:
    person = make_account(app)
    credentials = {"username": person.username, "password": person.password}
    client = app.test_client()
    by_api = client.post("/api/v1/login", json=credentials, headers=headers)
    by_page = client.post("/login", data=credentials, headers=headers)
    assert (by_api.status_code, by_api.get_json()["error"]) == (403, "cross_site_refused")
    assert by_page.status_code == 403
    assert client.get_cookie("__Host-refresh_token") is None


@pytest.mark.parametrize("headers", ADMITTED, ids=str)
def test_own_pages_and_programs_may_sign_in(app: Flask, headers: dict[str, str]) -> None:
    person = make_account(app)
    credentials = {"username": person.username, "password": person.password}
    assert app.test_client().post("/api/v1/login", json=credentials, headers=headers).status_code == 200


@pytest.mark.parametrize("headers", REFUSED, ids=str)
def test_foreign_renewal_and_sign_out_change_nothing(app: Flask, headers: dict[str, str]) -> None:
    client = app.test_client()
    token = sign_in_by_api(client, make_account(app))
    before = client.get_cookie("__Host-refresh_token")
    for path in ("/api/v1/refresh", "/api/v1/logout", "/logout", "/appearance"):
        assert client.post(path, headers={**csrf_header(client), **headers}).status_code == 403, path
    assert client.get_cookie("__Host-refresh_token") == before
    assert client.get("/api/v1/protected", headers=token).status_code == 200


def test_foreign_form_of_somebody_signed_in_changes_nothing(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_account(app))
    token = pages.get("/account").get("input[name=csrf_token]").attributes["value"]
    answer = pages.client.post(
        "/logout", data={"csrf_token": token}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403
    assert pages.get("/account").path == "/account"


def test_token_in_a_header_is_its_own_proof(app: Flask, client: FlaskClient) -> None:
    # A browser adds cookies by itself, never Authorization: the origin of such a call proves nothing more.
    token = sign_in_by_api(client, make_account(app))
    answer = client.delete("/api/v1/sessions", headers={**token, "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200


def test_foreign_page_may_link_here(client: FlaskClient) -> None:
    assert client.get("/login", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_header_x_csrf_token_of_another_session_is_refused(app: Flask) -> None:
    person = make_account(app)
    one, other = app.test_client(), app.test_client()
    sign_in_by_api(one, person)
    sign_in_by_api(other, person)
    answer = one.post("/api/v1/refresh", headers=csrf_header(other))
    assert (answer.status_code, answer.get_json()["error"]) == (403, "csrf_failed")
    with app.app_context():
        from webapp.accounts.service import get_account

        assert len(sessions.list_sessions(get_account(person.id))) == 2
