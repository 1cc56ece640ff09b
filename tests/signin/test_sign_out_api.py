"""Signing out at the API: by the refresh cookie or the access token, as often as one likes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.make import bearer, csrf_header, make_account, refresh, sign_in, sign_in_by_api
from tests.page_client import PageClient
from tests.signin.faces import end_cause_of, session_ids, set_cookies

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


def put_back(client: FlaskClient, value: str) -> None:
    """Give the browser a refresh token that it held once."""
    client.set_cookie("__Host-refresh_token", value, domain="localhost", secure=True)


def test_refresh_cookie_signs_out(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    sign_in_by_api(client, person)
    response = client.post("/api/v1/logout", headers=csrf_header(client))
    assert (response.status_code, response.get_data()) == (204, b"")
    assert end_cause_of(app, session_ids(app, person.id)[0]) == "signed_out"
    assert client.get_cookie("__Host-refresh_token") is None
    assert client.get_cookie("__Host-device") is not None


def test_access_token_signs_out_without_any_cookie(app: Flask, client: FlaskClient) -> None:
    token = sign_in_by_api(client, make_account(app))
    program = app.test_client(use_cookies=False)
    assert program.post("/api/v1/logout", headers=token).status_code == 204
    assert program.get("/api/v1/protected", headers=token).status_code == 401


def test_sign_out_is_repeatable_in_any_state(app: Flask, client: FlaskClient) -> None:
    token = sign_in_by_api(client, make_account(app))
    assert [client.post("/api/v1/logout", headers=token).status_code for _ in range(3)] == [204] * 3
    assert app.test_client().post("/api/v1/logout").status_code == 204
    assert app.test_client().post("/api/v1/logout", headers=bearer("junk")).status_code == 204


def test_spent_refresh_token_signs_out_and_is_no_reuse(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    with time_machine.travel(START, tick=False) as clock:
        sign_in_by_api(client, person)
        spent = client.get_cookie("__Host-refresh_token")
        for _ in range(4):
            clock.shift(timedelta(minutes=10))
            refresh(client)
        assert spent is not None
        put_back(client, spent.value)
        assert client.post("/api/v1/logout", headers=csrf_header(client)).status_code == 204
    assert end_cause_of(app, session_ids(app, person.id)[0]) == "signed_out"


def test_expired_refresh_token_signs_out_and_asks_for_its_csrf_value(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    with time_machine.travel(START, tick=False) as clock:
        token = sign_in_by_api(client, person)
        old, csrf = client.get_cookie("__Host-refresh_token"), csrf_header(client)
        for _ in range(8):
            clock.shift(timedelta(days=1))
            refresh(client)
            client.patch("/api/v1/profile", headers=refresh(client), json={"display_name": "A"})
        assert old is not None
        put_back(client, old.value)
        assert client.post("/api/v1/logout").status_code == 403
        assert client.post("/api/v1/logout", headers={"X-CSRF-TOKEN": "wrong"}).status_code == 403
        assert client.post("/api/v1/logout", headers=csrf | token).status_code == 204
    assert end_cause_of(app, session_ids(app, person.id)[0]) == "signed_out"


@pytest.mark.parametrize("value", [None, "", "wrong", "\u00e9"])
def test_cookie_without_its_csrf_value_signs_nobody_out(
    app: Flask, client: FlaskClient, value: str | None
) -> None:
    person = make_account(app)
    sign_in_by_api(client, person)
    headers = {} if value is None else {"X-CSRF-TOKEN": value}
    response = client.post("/api/v1/logout", headers=headers)
    assert (response.status_code, response.get_json()["error"]) == (403, "csrf_failed")
    assert end_cause_of(app, session_ids(app, person.id)[0]) is None


def test_csrf_value_of_another_session_signs_nobody_out(app: Flask, client: FlaskClient) -> None:
    person, eve = make_account(app), make_account(app)
    sign_in_by_api(client, person)
    stranger = app.test_client()
    sign_in_by_api(stranger, eve)
    assert client.post("/api/v1/logout", headers=csrf_header(stranger)).status_code == 403
    assert end_cause_of(app, session_ids(app, person.id)[0]) is None


@pytest.mark.parametrize("junk", ["x", "a.b.c", "\u00e9.\u00e9.\u00e9", "x" * 4_000, "e30.e30.e30"])
def test_refresh_cookie_that_is_not_ours_is_taken_away(client: FlaskClient, junk: str) -> None:
    put_back(client, junk)
    response = client.post("/api/v1/logout", headers={"X-CSRF-TOKEN": "x"})
    assert response.status_code == 204
    assert set_cookies(response)["__Host-refresh_token"]["max-age"] == "0"


def test_script_of_a_page_signs_its_browser_out_of_the_pages_too(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_account(app))
    assert pages.client.post("/api/v1/logout", headers=csrf_header(pages.client)).status_code == 204
    assert pages.get("/account").path.startswith("/login")


def test_program_without_a_page_clears_no_site_data(app: Flask, client: FlaskClient) -> None:
    sign_in_by_api(client, make_account(app))
    response = client.post("/api/v1/logout", headers=csrf_header(client))
    assert "Clear-Site-Data" not in response.headers
