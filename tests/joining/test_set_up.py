"""The set-up link: opened as often as one likes, used once, and gone with the first administrator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from flask import Flask

from tests.make import OTHER_PASSWORD, PASSWORD, make_account, make_administrator, make_setup_path
from tests.page_client import PageClient
from tests.signin.faces import ask, end_cause_of, events_of, is_in, session_ids
from webapp.accounts import service

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2030, 5, 1, 12, tzinfo=UTC)
SECRETS = {
    name: f"{name}-0123456789-abcdefghijklm" for name in ("SECRET_KEY", "ENCRYPTION_KEY", "PASSWORD_PEPPER")
}


def test_form_has_exactly_three_fields(app: Flask, pages: PageClient) -> None:
    page = pages.get(make_setup_path(app))
    names = [each.attributes.get("name") for each in page.form(0).find_all("input")]
    assert names == ["csrf_token", "username", "email", "password"]


@pytest.mark.database
def test_first_administrator_is_made_verified_and_signed_in(app: Flask, pages: PageClient) -> None:
    pages.get(make_setup_path(app))
    page = pages.submit(username="Ada", email="ada@example.org", password=PASSWORD)
    assert page.path == "/account"
    with app.app_context():
        account = service.find_by_identifier("ada")
        assert account is not None
        assert account.role_names == ["administrator", "user"]
        assert account.email is not None
        assert account.email.verified_at is not None
    assert pages.get("/admin/accounts").status == 200


@pytest.mark.parametrize("path", ["/", "/login"])
def test_sign_in_page_tells_where_the_link_is_until_somebody_administers(
    app: Flask, pages: PageClient, path: str
) -> None:
    link = make_setup_path(app)
    page = pages.get(path)
    assert "waits for its first administrator" in page.text
    assert "in the terminal in which make run printed it" in page.text
    assert (link in page.html, page.find("a[href='/register']")) == (False, None)
    make_administrator(app)
    page = pages.get(path)
    assert "first administrator" not in page.text
    assert page.find("a[href='/register']")


def test_sign_in_page_names_no_link_where_none_is_printed(make_app: Callable[..., Flask]) -> None:
    app = make_app(APP_ENV="production", PUBLIC_URL="https://localhost", BCRYPT_ROUNDS="12", **SECRETS)
    page = PageClient(app.test_client()).get("/login")
    assert "waits for its first administrator" in page.text
    assert "make run" not in page.text


def test_opening_the_link_spends_nothing(app: Flask, pages: PageClient) -> None:
    path = make_setup_path(app)
    assert [pages.get(path).status for _ in range(3)] == [200] * 3
    assert pages.client.head(path).status_code == 200
    pages.get(path)
    assert pages.submit(username="ada", email="a@example.org", password=PASSWORD).path == "/account"


def test_refused_form_keeps_what_was_typed_and_the_link(app: Flask, pages: PageClient) -> None:
    pages.get(make_setup_path(app))
    page = pages.submit(username="ada", email="a@example.org", password="too short")
    assert page.status == 422
    assert page.get("input[name=username]").attributes["value"] == "ada"
    assert page.get("input[name=email]").attributes["value"] == "a@example.org"
    assert "too short" not in page.html
    assert pages.submit(username="ada", email="a@example.org", password=PASSWORD).path == "/account"


def test_all_complaints_come_at_once(app: Flask, pages: PageClient) -> None:
    pages.get(make_setup_path(app))
    page = pages.submit(username="-", email="nobody", password=PASSWORD)
    assert page.find("#username-error")
    assert page.find("#email-error")


def test_link_is_gone_once_somebody_administers(app: Flask, pages: PageClient) -> None:
    path = make_setup_path(app)
    pages.get(path)
    pages.submit(username="ada", email="a@example.org", password=PASSWORD)
    for client in (pages, PageClient(app.test_client())):
        page = client.get(path)
        assert (page.status, page.heading) == (410, "This link has been used")
        assert client.post(path, data={"username": "eve"}).status == 410


def test_link_is_gone_when_the_administrator_was_made_at_the_console(app: Flask, pages: PageClient) -> None:
    path = make_setup_path(app)
    pages.get(path)
    make_administrator(app)
    page = pages.submit(username="eve", email="eve@example.org", password=PASSWORD)
    assert page.status == 410
    assert not is_in(ask("api", app.test_client(), "eve", PASSWORD))


def test_account_that_is_no_administrator_leaves_the_link_open(app: Flask, pages: PageClient) -> None:
    make_account(app)
    assert pages.get(make_setup_path(app)).status == 200


def test_newer_link_voids_the_older_one(app: Flask, pages: PageClient) -> None:
    older, newer = make_setup_path(app), make_setup_path(app)
    assert pages.get(older).status == 410
    assert pages.get(newer).status == 200


def test_link_expires_after_a_day(app: Flask, pages: PageClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        path = make_setup_path(app)
        clock.shift(timedelta(hours=24, seconds=-1))
        assert pages.get(path).status == 200
        clock.shift(timedelta(seconds=1))
        sent = pages.submit(username="ada", email="a@example.org", password=PASSWORD)
        assert (sent.status, sent.heading) == (410, "This link has expired")


@pytest.mark.parametrize(
    "token", ["x", "x" * 43, "x" * 5_000, "%00", "..%2F", "\u00e9", "%FF", "' OR 1=1 --"]
)
def test_unknown_link_says_so(app: Flask, pages: PageClient, token: str) -> None:
    make_setup_path(app)
    response = pages.client.get(f"/setup/{token}")
    assert response.status_code in {400, 404, 410}


def test_reset_link_is_no_set_up_link(app: Flask, pages: PageClient) -> None:
    from tests.make import make_reset_path

    token = make_reset_path(app, make_account(app)).rpartition("/")[2]
    page = pages.get(f"/setup/{token}")
    assert (page.status, page.heading) == (410, "This link does not work")


def test_set_up_ends_the_session_that_the_browser_brought(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    ask("page", pages.client, person.username, person.password)
    brought = session_ids(app, person.id)[0]
    pages.get(make_setup_path(app))
    pages.submit(username="ada", email="a@example.org", password=OTHER_PASSWORD)
    assert end_cause_of(app, brought) == "signed_in_again"
    assert events_of(app, "setup_link.made")
