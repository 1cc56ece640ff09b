"""Leaving and staying without JavaScript."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import time_machine

from tests.admin.console import enter
from tests.make import make_account, make_administrator, sign_in
from tests.signin.faces import events_of

if TYPE_CHECKING:
    from flask import Flask

    from tests.page_client import PageClient

START = datetime(2030, 5, 1, 12, tzinfo=UTC)
PAGE = "/account/departure"


def test_person_goes_and_comes_back(app: Flask, pages: PageClient) -> None:
    with time_machine.travel(START, tick=False):
        person = make_account(app)
        sign_in(pages, person)
        assert "For 14 days you can come back" in pages.get(PAGE).text
        page = pages.submit(PAGE)
        assert (page.path, "Your account is deleted on 15 May 2030" in page.text) == ("/login", True)
        assert pages.get("/account").path.startswith("/login")
        sign_in(pages, person)
        assert pages.get(PAGE).heading == "Your account is to be deleted"
        page = pages.submit(f"{PAGE}/keep")
        assert (page.heading, "Your account is kept" in page.text) == ("Delete your account", True)


def test_proof_is_asked_for_and_the_form_goes_on(app: Flask) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = make_account(app)
        pages = enter(app, person)
        clock.shift(timedelta(minutes=11))
        pages.get(PAGE)
        assert pages.submit(PAGE).heading == "Confirm it is you"
        assert events_of(app, "deletion.requested") == []
        assert pages.submit(PAGE, password=person.password).path == "/login"
    assert len(events_of(app, "deletion.requested")) == 1


def test_last_administrator_is_told_why_not(app: Flask) -> None:
    pages = enter(app, make_administrator(app))
    page = pages.get(PAGE)
    assert "You are the last administrator" in page.text
    token = page.get("input[name=csrf_token]").attributes["value"]
    page = pages.post(PAGE, {"csrf_token": token})
    assert (page.status, "This is the last administrator" in page.get(".error-summary").text) == (409, True)


def test_strangers_and_forged_forms_change_nothing(app: Flask, pages: PageClient) -> None:
    assert pages.get(PAGE).path == "/login?next=%2Faccount%2Fdeparture"
    sign_in(pages, make_account(app))
    for path in (PAGE, f"{PAGE}/keep"):
        assert pages.post(path, {"csrf_token": "forged"}).status == 400
        assert pages.post(path, {}, headers={"Sec-Fetch-Site": "cross-site"}).status == 403
    assert events_of(app, "deletion.requested") == []
