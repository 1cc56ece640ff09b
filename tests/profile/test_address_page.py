"""The change of address for people without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from tests.mailbox import letters_to
from tests.make import Person, make_account
from tests.page_client import PageClient
from tests.profile.address_people import MAIL, NEW, addresses_of, claim_again, enter, verify_path
from webapp.core import clock


@pytest.fixture
def environment() -> dict[str, str]:
    return MAIL


@pytest.fixture
def ada(app: Flask) -> Person:
    return make_account(app, "ada")


def test_whole_way_on_pages(app: Flask, ada: Person) -> None:
    pages = enter(app, ada)
    assert f"{ada.email} is verified" in pages.get("/account/address").text
    page = pages.submit("/account/address", email=NEW)
    assert f"A letter is on its way to {NEW}." in page.text
    assert f"{NEW} waits to be verified" in page.text
    pages.get(verify_path(app, NEW))
    assert f"{NEW} is the email address of the account ada now." in pages.submit().text
    assert addresses_of(app, ada) == {NEW: True}


def test_wish_is_dropped_by_a_button(app: Flask, ada: Person) -> None:
    pages = enter(app, ada)
    pages.get("/account/address")
    pages.submit("/account/address", email=NEW)
    page = pages.submit("/account/address/drop")
    assert "Your address stays as it is." in page.text
    assert addresses_of(app, ada) == {ada.email: True}


def test_change_asks_for_the_password_and_keeps_what_was_typed(app: Flask, ada: Person) -> None:
    pages = enter(app, ada)
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        pages.get("/account/address")
        page = pages.submit("/account/address", email=NEW)
        assert page.heading == "Confirm it is you"
        assert addresses_of(app, ada) == {ada.email: True}
        pages.submit("/account/address", button=None, password=ada.password)
    assert addresses_of(app, ada) == {ada.email: True, NEW: False}


def test_refused_address_is_shown_again(app: Flask, ada: Person) -> None:
    pages = enter(app, ada)
    pages.get("/account/address")
    page = pages.submit("/account/address", email="new@example")
    assert (page.status, page.get("input[name=email]").attributes["value"]) == (422, "new@example")
    assert "Write an address such as" in page.get("#email-error").text


def test_too_many_letters_are_refused_in_words(app: Flask) -> None:
    pages = enter(app, claim_again(app, NEW))
    pages.get("/account/address")
    for _ in range(6):
        page = pages.submit("/account/address/verification")
    assert "Too many attempts. Wait a little, then try again." in page.text
    assert len(letters_to(app, NEW)) == 5


def test_without_mail_an_administrator_makes_the_link(make_app: Callable[..., Flask]) -> None:
    app = make_app(SMTP_URL="", MAIL_FROM="")
    ada = make_account(app, "ada")
    pages = enter(app, ada)
    pages.get("/account/address")
    page = pages.submit("/account/address", email=NEW)
    assert "Ask an administrator for a link that verifies it." in page.text
    assert page.find("form[action='/account/address/verification']") is None
    assert letters_to(app, NEW) == []


def test_nobody_signed_out_gets_in(app: Flask) -> None:
    pages = PageClient(app.test_client())
    assert pages.get("/account/address").path.startswith("/login?next=")
    assert pages.post("/account/address", data={"email": NEW}).path.startswith("/login")


def test_form_of_another_site_changes_nothing(app: Flask, ada: Person) -> None:
    pages = enter(app, ada)
    page = pages.post("/account/address", data={"email": NEW})
    assert (page.status, addresses_of(app, ada)) == (400, {ada.email: True})
