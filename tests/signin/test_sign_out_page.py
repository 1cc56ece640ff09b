"""Signing out on a page: this browser is out, everything of it is taken along, and doing it twice is harmless."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.make import bearer, make_account, refresh, sign_in
from tests.page_client import PageClient
from tests.signin.faces import ask, end_cause_of, events_of, session_ids, set_cookies

LOG_OUT = "form[action=/logout]"


def send_log_out(pages: PageClient) -> TestResponse:
    """The form's own answer, before the redirect is followed."""
    token = pages.get("/account").get("input[name=csrf_token]").attributes["value"]
    return pages.client.post("/logout", data={"csrf_token": token})


def test_signed_out_person_is_told_so_once(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_account(app))
    page = pages.submit(LOG_OUT)
    assert (page.path, "You are signed out." in page.text) == ("/login", True)
    assert "You are signed out." not in pages.get("/login").text


def test_session_ends_with_its_cause_and_an_event(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    sign_in(pages, person)
    pages.submit(LOG_OUT)
    assert end_cause_of(app, session_ids(app, person.id)[0]) == "signed_out"
    assert len(events_of(app, "session.ended")) == 1
    assert pages.get("/account").path.startswith("/login")


def test_own_cookies_go_by_name_and_the_device_stays_known(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_account(app))
    dropped = set_cookies(send_log_out(pages))
    gone = {name for name, cookie in dropped.items() if cookie.get("max-age") == "0"}
    assert {"__Host-refresh_token", "__Host-csrf_refresh_token"} <= gone
    assert "__Host-device" not in dropped
    assert pages.cookie("__Host-device")


def test_storage_is_cleared_and_cookies_of_neighbours_are_not(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_account(app))
    response = send_log_out(pages)
    assert response.headers["Clear-Site-Data"] == '"storage"'


def test_access_and_refresh_tokens_of_the_session_end_with_it(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_account(app))
    token = refresh(pages.client)
    old = pages.cookie("__Host-refresh_token") or ""
    csrf = pages.cookie("__Host-csrf_refresh_token") or ""
    pages.get("/account")
    pages.submit(LOG_OUT)
    assert pages.client.get("/api/v1/protected", headers=token).status_code == 401
    pages.client.set_cookie("__Host-refresh_token", old, domain="localhost", secure=True)
    answer = pages.client.post("/api/v1/refresh", headers={"X-CSRF-TOKEN": csrf})
    assert (answer.status_code, answer.get_json()["cause"]) == (401, "signed_out")


def test_session_that_only_the_refresh_cookie_names_ends_too(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    ask("api", client, person.username, person.password)
    token = PageClient(client).get("/login").get("input[name=csrf_token]").attributes["value"]
    assert client.post("/logout", data={"csrf_token": token}).status_code == 303
    assert end_cause_of(app, session_ids(app, person.id)[0]) == "signed_out"


def test_other_browsers_stay_signed_in(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    other = PageClient(app.test_client())
    sign_in(pages, person)
    sign_in(other, person)
    pages.get("/account")
    pages.submit(LOG_OUT)
    assert other.get("/account").path == "/account"


def test_second_sign_out_is_as_good_as_the_first(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_account(app))
    pages.submit(LOG_OUT)
    token = pages.get("/login").get("input[name=csrf_token]").attributes["value"]
    assert pages.post("/logout", data={"csrf_token": token}).path == "/login"
    assert len(events_of(app, "session.ended")) == 1


@pytest.mark.parametrize(
    "data",
    [{}, {"csrf_token": ""}, {"csrf_token": "wrong"}, {"csrf_token": "a.b.c"}, {"csrf_token": "\u00e9"}],
)
def test_sign_out_without_its_csrf_value_is_refused(
    app: Flask, pages: PageClient, data: dict[str, str]
) -> None:
    sign_in(pages, make_account(app))
    assert pages.post("/logout", data=data).status == 400
    assert pages.get("/account").path == "/account"


def test_sign_out_is_no_link(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_account(app))
    assert pages.get("/logout").status == 405
    assert pages.client.get("/api/v1/protected", headers=bearer("x")).status_code == 401
    assert pages.get("/account").path == "/account"
