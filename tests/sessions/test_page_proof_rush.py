"""A form of an administrator's that waits for a proof survives everything that can go wrong with the proof."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
import time_machine
from flask import Flask

from tests.make import OTHER_PASSWORD, Person, make_account, make_administrator, sign_in
from tests.page_client import Page, PageClient
from tests.signin.full_pool import FullPool
from webapp.accounts.service import get_account

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def person(app: Flask) -> Person:
    return make_account(app)


@pytest.fixture
def asked(app: Flask, pages: PageClient, person: Person) -> Iterator[Page]:
    """The page that asks for the password, ten minutes after signing in, before a new name is stored."""
    with time_machine.travel(START, tick=False) as clock:
        sign_in(pages, make_administrator(app))
        clock.shift(timedelta(minutes=10))
        pages.get(f"/admin/accounts/{person.id}")
        yield pages.submit(f"/admin/accounts/{person.id}/names", display_name="Countess")


def name_of(app: Flask, person: Person) -> str:
    with app.app_context():
        return get_account(person.id).display_name


def test_password_sends_the_form_on(app: Flask, pages: PageClient, person: Person, asked: Page) -> None:
    assert (asked.heading, name_of(app, person)) == ("Confirm it is you", person.username)
    pages.submit(password="seven quiet lanterns at dusk")
    assert name_of(app, person) == "Countess"


def test_wrong_password_asks_again_and_keeps_the_form(
    app: Flask, pages: PageClient, person: Person, asked: Page
) -> None:
    page = pages.submit(password=OTHER_PASSWORD)
    assert (page.status, page.get("input[name=display_name]").attributes["value"]) == (403, "Countess")
    assert (OTHER_PASSWORD in page.html, name_of(app, person)) == (False, person.username)


def test_too_many_wrong_passwords_keep_the_form(app: Flask, pages: PageClient, asked: Page) -> None:
    statuses = [pages.submit(password=OTHER_PASSWORD).status for _ in range(11)]
    assert statuses == [403] * 10 + [429]
    assert pages.page is not None
    assert int(pages.page.response.headers["Retry-After"]) > 0
    assert pages.page.get("input[name=display_name]").attributes["value"] == "Countess"


def test_rush_keeps_the_form(app: Flask, pages: PageClient, person: Person, asked: Page) -> None:
    pool = FullPool(app)
    pool.fill(known_device=True)
    page = pages.submit(password="seven quiet lanterns at dusk")
    assert (page.status, page.response.headers["Retry-After"]) == (503, "2")
    pool.let_go()
    pages.submit(password="seven quiet lanterns at dusk")
    assert name_of(app, person) == "Countess"


def test_file_in_the_place_of_the_password_is_none(
    app: Flask, pages: PageClient, person: Person, asked: Page
) -> None:
    token = asked.get("input[name=csrf_token]").attributes["value"]
    data = {"csrf_token": token, "display_name": "Countess", "password": (BytesIO(b"x"), "x.txt")}
    path = f"/admin/accounts/{person.id}/names"
    page = pages.post(path, data=data, content_type="multipart/form-data")
    assert (page.heading, name_of(app, person)) == ("Confirm it is you", person.username)
