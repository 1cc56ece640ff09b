"""What a browser is given at sign-in: which cookies, with which attributes, for how long, and nothing readable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.make import make_account
from tests.page_client import PageClient
from tests.signin.faces import FACES, ask, session_ids, set_cookies

NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture(params=FACES)
def given(request: pytest.FixtureRequest, app: Flask, client: FlaskClient) -> dict[str, dict[str, str]]:
    """The cookies of a sign-in at noon."""
    with time_machine.travel(NOON, tick=False):
        person = make_account(app)
        return set_cookies(ask(request.param, client, person.username, person.password))


def test_every_cookie_is_bound_to_this_host_over_https(given: dict[str, dict[str, str]]) -> None:
    for name, cookie in given.items():
        assert name.startswith("__Host-")
        assert (cookie["secure"], cookie["path"], "domain" in cookie) == ("", "/", False)


def test_refresh_token_is_strict_hidden_and_lasts_a_week(given: dict[str, dict[str, str]]) -> None:
    cookie = given["__Host-refresh_token"]
    assert (cookie["samesite"], "httponly" in cookie) == ("Strict", True)
    assert parsedate_to_datetime(cookie["expires"]) == NOON + WEEK


def test_csrf_value_is_readable_and_lasts_as_long(given: dict[str, dict[str, str]]) -> None:
    cookie = given["__Host-csrf_refresh_token"]
    assert (cookie["samesite"], "httponly" in cookie) == ("Strict", False)
    assert cookie["expires"] == given["__Host-refresh_token"]["expires"]


def test_device_cookie_is_hidden_and_lasts_a_year(given: dict[str, dict[str, str]]) -> None:
    cookie = given["__Host-device"]
    assert (cookie["samesite"], "httponly" in cookie) == ("Lax", True)
    assert cookie["max-age"] == str(365 * 24 * 3600)


def test_page_session_is_hidden_and_lasts_as_long_as_the_refresh_token(app: Flask) -> None:
    person = make_account(app)
    with time_machine.travel(NOON, tick=False):
        cookie = set_cookies(ask("page", app.test_client(), person.username, person.password))[
            "__Host-session"
        ]
    assert (cookie["samesite"], "httponly" in cookie) == ("Lax", True)
    assert parsedate_to_datetime(cookie["expires"]) == NOON + WEEK


def test_program_gets_no_page_session(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    cookies = set_cookies(ask("api", client, person.username, person.password))
    assert set(cookies) == {"__Host-refresh_token", "__Host-csrf_refresh_token", "__Host-device"}


def test_sign_in_at_the_api_moves_the_page_session_of_this_browser(app: Flask, client: FlaskClient) -> None:
    one, other = make_account(app), make_account(app)
    ask("page", client, one.username, one.password)
    ask("api", client, other.username, other.password)
    assert other.username in PageClient(client).get("/account").text


def test_cookies_hold_neither_password_nor_name(given: dict[str, dict[str, str]], app: Flask) -> None:
    person = make_account(app)
    cookies = set_cookies(ask("page", app.test_client(), person.username, person.password))
    values = "".join(cookie["value"] for cookie in cookies.values())
    assert person.password not in values
    assert person.username not in values


def test_page_session_id_of_before_is_worth_nothing_after_sign_in(app: Flask, client: FlaskClient) -> None:
    before = PageClient(client)
    old_token = before.get("/login").get("input[name=csrf_token]").attributes["value"]
    person = make_account(app)
    ask("page", client, person.username, person.password)
    assert client.post("/logout", data={"csrf_token": old_token}).status_code == 400
    assert len(session_ids(app, person.id)) == 1


def test_failed_sign_in_sets_no_cookie_of_a_session(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    assert not set_cookies(ask("api", client, person.username, "wrong"))
    assert set(set_cookies(ask("page", client, person.username, "wrong"))) <= {"__Host-session"}
