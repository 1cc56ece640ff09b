"""The page that asks for a fresh proof of somebody with a second factor, and what it carries along."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from tests.factors.faces import open_page_session, token_of
from tests.factors.soft_authenticator import enrol
from tests.make import Authenticator, Person, enrol_app, make_account, make_administrator
from tests.page_client import Page, PageClient
from webapp.accounts.service import get_account

START = datetime(2030, 5, 1, 12, tzinfo=UTC)
OWN = {"Origin": "https://localhost", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as travelling:
        yield travelling


@pytest.fixture
def owner(app: Flask, clock: time_machine.Traveller) -> Person:
    return make_administrator(app)


@pytest.fixture
def device(app: Flask, owner: Person) -> Authenticator:
    return enrol_app(app, owner)


@pytest.fixture
def person(app: Flask) -> Person:
    return make_account(app)


@pytest.fixture
def asked(
    app: Flask,
    pages: PageClient,
    owner: Person,
    device: Authenticator,
    person: Person,
    clock: time_machine.Traveller,
) -> Page:
    """A new name for somebody, held back ten minutes after signing in."""
    open_page_session(app, pages, owner)
    clock.shift(timedelta(minutes=10))
    pages.get(f"/admin/accounts/{person.id}")
    return pages.submit(f"/admin/accounts/{person.id}/names", display_name="Countess")


def name_of(app: Flask, person: Person) -> str:
    with app.app_context():
        return get_account(person.id).display_name


def test_password_and_code_send_the_form_on(
    app: Flask, pages: PageClient, owner: Person, device: Authenticator, person: Person, asked: Page
) -> None:
    assert asked.heading == "Confirm it is you"
    pages.submit(password=owner.password, code=device.code())
    assert name_of(app, person) == "Countess"


@pytest.mark.parametrize("code", ["", "000000", "x"])
def test_password_without_the_code_asks_again_and_keeps_the_form(
    app: Flask,
    pages: PageClient,
    owner: Person,
    device: Authenticator,
    person: Person,
    asked: Page,
    code: str,
) -> None:
    page = pages.submit(password=owner.password, code=code)
    assert (page.status, page.get("input[name=display_name]").attributes["value"]) == (403, "Countess")
    assert page.get("input[name=code]").attributes["aria-invalid"] == "true"
    assert name_of(app, person) == person.username
    pages.submit(password=owner.password, code=device.code())
    assert name_of(app, person) == "Countess"


def test_code_is_asked_of_nobody_without_a_factor(
    app: Flask, pages: PageClient, person: Person, clock: time_machine.Traveller
) -> None:
    open_page_session(app, pages, make_administrator(app))
    clock.shift(timedelta(minutes=10))
    pages.get(f"/admin/accounts/{person.id}")
    page = pages.submit(f"/admin/accounts/{person.id}/names", display_name="Countess")
    assert page.find("main input[name=code]") is None


def test_passkey_sends_the_form_on(
    app: Flask, pages: PageClient, owner: Person, person: Person, asked: Page
) -> None:
    key = enrol(app.test_client(), token_of(app, owner))
    page = pages.submit(password="", code="")
    form = page.get("passkey-sign-in form")
    fields = {each.attributes.get("name", ""): each.attributes.get("value", "") for each in form.walk()}
    assert fields["display_name"] == "Countess"
    csrf = {"csrf_token": fields["csrf_token"]}
    options = pages.client.post("/proof/passkey/options", data=csrf, headers=OWN).get_json()["options"]
    fields = {name: value for name, value in fields.items() if name}
    fields["credential"] = json.dumps(key.get(options))
    pages.post(f"/admin/accounts/{person.id}/names", fields, headers=OWN)
    assert name_of(app, person) == "Countess"


@pytest.mark.parametrize("credential", ["{}", "x", "[]", '{"id": 1}', "null", "0" * 40_000])
def test_credential_that_was_made_up_is_no_proof(
    app: Flask, pages: PageClient, person: Person, asked: Page, credential: str
) -> None:
    token = asked.get("main input[name=csrf_token]").attributes["value"]
    fields = {"csrf_token": token, "display_name": "Countess", "credential": credential}
    page = pages.post(f"/admin/accounts/{person.id}/names", fields, headers=OWN)
    assert (page.status, name_of(app, person)) == (403, person.username)
    assert credential not in page.html or len(credential) < 5
