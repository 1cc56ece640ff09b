"""Registration on the page: open, closed, or waiting for the first administrator."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.make import PASSWORD, make_account, make_administrator, sign_in
from tests.page_client import Page, PageClient
from webapp.accounts import service


def register(pages: PageClient, **values: str) -> Page:
    pages.get("/register")
    typed = {"username": "eve", "email": "eve@example.org", "password": PASSWORD}
    return pages.submit("/register", button=None, **(typed | values))


def test_new_person_registers_and_signs_in(app: Flask, pages: PageClient) -> None:
    make_administrator(app)
    page = register(pages)
    assert (page.path, "Your account eve is ready." in page.text) == ("/login", True)
    assert pages.submit("/login", username="eve", password=PASSWORD).path == "/account"


def test_sign_in_form_is_filled_in_once_with_the_name_just_registered(app: Flask, pages: PageClient) -> None:
    make_administrator(app)
    page = register(pages)
    assert (page.path, page.get("#username").attributes["value"]) == ("/login", "eve")
    assert "autofocus" in page.get("#password").attributes
    assert pages.submit("/login", password=PASSWORD).path == "/account"
    pages.submit("/logout")
    assert pages.get("/login").get("#username").attributes["value"] == ""


def test_refused_registration_fills_in_no_sign_in_form(app: Flask, pages: PageClient) -> None:
    make_account(app, "eve")
    make_administrator(app)
    assert register(pages).status == 422
    page = pages.get("/login")
    assert page.get("#username").attributes["value"] == ""
    assert "autofocus" in page.get("#username").attributes


def test_new_account_is_a_user_with_a_claimed_address(app: Flask, pages: PageClient) -> None:
    make_administrator(app)
    register(pages)
    with app.app_context():
        account = service.find_by_identifier("eve")
        assert account is not None
        assert account.email is not None
        assert (account.role_names, account.email.verified_at) == (["user"], None)


def test_form_has_exactly_three_fields(app: Flask, pages: PageClient) -> None:
    make_administrator(app)
    form = pages.get("/register").form("/register")
    names = [each.attributes.get("name") for each in form.find_all("input")]
    assert names == ["csrf_token", "username", "email", "password"]


def test_nobody_registers_before_somebody_administers(pages: PageClient) -> None:
    page = pages.get("/register")
    assert (page.status, page.heading) == (503, "Set up first")
    assert int(page.response.headers["Retry-After"]) > 0
    sent = pages.post("/register", data={"username": "eve"})
    assert sent.status == 503


@pytest.mark.parametrize("first", ["get", "post"])
def test_closed_registration_says_who_to_ask(make_app: Callable[..., Flask], first: str) -> None:
    app = make_app(REGISTRATION="closed")
    make_administrator(app)
    page = getattr(PageClient(app.test_client()), first)("/register")
    assert (page.status, page.heading) == (403, "Registration is closed")


def test_refused_form_keeps_name_and_address_and_never_the_password(app: Flask, pages: PageClient) -> None:
    make_administrator(app)
    page = register(pages, password="password1234567")
    assert page.status == 422
    assert page.get("input[name=username]").attributes["value"] == "eve"
    assert page.get("input[name=email]").attributes["value"] == "eve@example.org"
    assert "password1234567" not in page.html
    assert pages.submit("/register", password=PASSWORD, username="eve").path == "/login"


def test_taken_username_is_said_beside_the_field(app: Flask, pages: PageClient) -> None:
    make_administrator(app)
    make_account(app, "Eve")
    page = register(pages, username="eVe")
    assert page.status == 422
    assert "That username is taken." in page.get("#username-error").text


def test_empty_form_asks_for_every_field(app: Flask, pages: PageClient) -> None:
    make_administrator(app)
    page = register(pages, username="", email="", password="")
    assert page.status == 422
    assert all(page.find(f"#{name}-error") for name in ("username", "email", "password"))


def test_form_whose_csrf_value_does_not_fit_is_shown_again(app: Flask, pages: PageClient) -> None:
    make_administrator(app)
    pages.get("/register")
    typed = {"username": "eve", "email": "eve@example.org", "password": PASSWORD}
    page = pages.post("/register", data=typed)
    assert (page.status, page.get("input[name=email]").attributes["value"]) == (422, "eve@example.org")
    assert pages.submit("/register", password=PASSWORD).path == "/login"


def test_person_who_is_signed_in_needs_no_account(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_administrator(app))
    assert pages.get("/register").path == "/account"
