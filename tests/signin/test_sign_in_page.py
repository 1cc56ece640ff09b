"""Signing in on the page: where the person lands, what is kept of what was typed, what is said."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.make import OTHER_PASSWORD, make_account, make_administrator, sign_in
from tests.page_client import PageClient


def test_person_signs_in_and_lands_in_their_account(app: Flask, pages: PageClient) -> None:
    page = sign_in(pages, make_account(app, "ada"))
    assert (page.status, page.path) == (200, "/account")


@pytest.mark.parametrize("name", ["ada", "ADA", " Ada ", "ada@example.org", "Ada@EXAMPLE.org"])
def test_name_or_address_signs_in_in_any_case(app: Flask, pages: PageClient, name: str) -> None:
    person = make_account(app, "Ada")
    pages.get("/login")
    page = pages.submit("/login", username=name, password=person.password)
    assert page.path == "/account"


@pytest.mark.parametrize("change", [str.upper, lambda text: text + " ", lambda text: " " + text])
def test_password_is_taken_as_it_was_typed(app: Flask, pages: PageClient, change: object) -> None:
    person = make_account(app)
    pages.get("/login")
    assert callable(change)
    page = pages.submit("/login", username=person.username, password=change(person.password))
    assert page.status == 401


def test_refusal_keeps_the_name_and_never_the_password(app: Flask, pages: PageClient) -> None:
    make_account(app, "ada")
    pages.get("/login?next=/account?tab=1")
    page = pages.submit("/login", username="ada", password=OTHER_PASSWORD)
    assert page.get("input[name=username]").attributes["value"] == "ada"
    assert page.get("input[name=next]").attributes["value"] == "/account?tab=1"
    assert OTHER_PASSWORD not in page.html


def test_refusal_is_one_sentence_in_a_summary_that_takes_focus(app: Flask, pages: PageClient) -> None:
    make_account(app, "ada")
    pages.get("/login")
    page = pages.submit("/login", username="ada", password=OTHER_PASSWORD)
    summary = page.get(".error-summary")
    assert "do not match" in summary.text
    assert "autofocus" in summary.attributes


def test_empty_form_says_what_is_missing_beside_each_field(pages: PageClient) -> None:
    pages.get("/login")
    page = pages.submit("/login", username="", password="")
    assert page.status == 422
    assert "Write your username or email." in page.text
    assert "Write your password." in page.text


def test_name_of_255_characters_is_too_long(pages: PageClient) -> None:
    pages.get("/login")
    page = pages.submit("/login", username="a" * 255, password=OTHER_PASSWORD)
    assert page.status == 422
    assert "too long" in page.text


def test_typed_name_is_shown_as_text_and_never_as_markup(pages: PageClient) -> None:
    pages.get("/login")
    page = pages.submit("/login", username='"><script>alert(1)</script>', password=OTHER_PASSWORD)
    assert page.get("input[name=username]").attributes["value"] == '"><script>alert(1)</script>'


def test_person_who_is_signed_in_is_sent_on_from_the_sign_in_page(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_account(app))
    assert pages.get("/login").path == "/account"
    assert pages.get("/").path == "/account"


def test_start_page_leads_a_stranger_to_sign_in(pages: PageClient) -> None:
    assert pages.get("/").path == "/login"


@pytest.mark.parametrize(("registration", "offered"), [("open", True), ("closed", False)])
def test_registration_is_offered_where_it_is_open(make_app: object, registration: str, offered: bool) -> None:
    assert callable(make_app)
    app = make_app(REGISTRATION=registration)
    make_administrator(app)
    page = PageClient(app.test_client()).get("/login")
    assert (page.find("a[href=/register]") is not None) == offered


def test_person_comes_back_to_where_they_were_going(app: Flask, pages: PageClient) -> None:
    assert pages.get("/admin/accounts?q=x").path == "/login?next=%2Fadmin%2Faccounts%3Fq%3Dx"
    person = make_account(app, roles=("user", "administrator"))
    page = pages.submit("/login", username=person.username, password=person.password)
    assert page.path == "/admin/accounts?q=x"
