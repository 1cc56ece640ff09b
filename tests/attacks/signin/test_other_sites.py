"""A form or call that another site sends changes nothing, whatever CSRF value it carries."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.make import (
    csrf_header,
    make_account,
    make_administrator,
    make_reset_path,
    make_setup_path,
    sign_in,
)
from tests.page_client import PageClient
from tests.signin.faces import events_of, session_ids

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://localhost"},
    {"Sec-Fetch-Site": "nonsense"},
    {"Sec-Fetch-Site": ""},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://localhost"},
    {"Origin": "https://localhost:8443"},
    {"Origin": "https://localhost.evil.example"},
]
OWN = [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "https://localhost"}]


def login_form(app: Flask, pages: PageClient) -> dict[str, str]:
    person = make_account(app)
    token = pages.get("/login").get("input[name=csrf_token]").attributes["value"]
    return {"csrf_token": token, "username": person.username, "password": person.password}


@pytest.mark.parametrize("headers", FOREIGN)
def test_sign_in_from_elsewhere_is_refused(app: Flask, pages: PageClient, headers: dict[str, str]) -> None:
    page = pages.post("/login", data=login_form(app, pages), headers=headers)
    assert (page.status, page.heading) == (403, "Not allowed")
    assert events_of(app, "login.succeeded") == []


@pytest.mark.parametrize("headers", OWN)
def test_sign_in_from_here_goes_on(app: Flask, pages: PageClient, headers: dict[str, str]) -> None:
    assert pages.post("/login", data=login_form(app, pages), headers=headers).path == "/account"


@pytest.mark.parametrize("call", ["login", "register", "logout", "refresh"])
def test_call_by_cookie_from_elsewhere_is_refused(app: Flask, pages: PageClient, call: str) -> None:
    person = make_administrator(app)
    sign_in(pages, person)
    body = {"username": person.username, "password": person.password}
    for headers in FOREIGN:
        sent = headers | csrf_header(pages.client)
        response = pages.client.post(f"/api/v1/{call}", json=body, headers=sent)
        assert (response.status_code, response.get_json()["error"]) == (403, "cross_site_refused"), headers
    assert len(session_ids(app, person.id)) == 1
    assert events_of(app, "session.ended") == []


@pytest.mark.parametrize("headers", FOREIGN[:2] + FOREIGN[5:7])
def test_other_forms_from_elsewhere_are_refused(
    app: Flask, pages: PageClient, headers: dict[str, str]
) -> None:
    setup = make_setup_path(app)
    reset = make_reset_path(app, make_account(app))
    for path in ("/logout", "/register", "/appearance", setup, reset):
        assert pages.post(path, data={}, headers=headers).status == 403, path


def test_answers_to_another_origin_are_not_readable_there(client: FlaskClient) -> None:
    response = client.options("/api/v1/login", headers={"Origin": "https://evil.example"})
    assert not any(name.startswith("Access-Control-") for name, _ in response.headers)
