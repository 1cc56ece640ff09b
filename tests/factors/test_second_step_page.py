"""Setting up an authenticator app on pages, without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from pyotp import TOTP

from tests.factors.faces import account_of, open_page_session, take
from tests.make import PASSWORD, Person, enrol_app, make_account, make_administrator, sign_in
from tests.page_client import Page, PageClient
from tests.signin.faces import events_of

START = datetime(2030, 5, 1, 12, tzinfo=UTC)
HOME = "/account/second-step"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def person(app: Flask, pages: PageClient) -> Person:
    person = make_account(app)
    sign_in(pages, person)
    pages.get(HOME)
    return person


def secret_on(page: Page) -> str:
    return page.get("#secret").text.replace(" ", "")


def codes_on(page: Page) -> list[str]:
    return [each.text for each in page.find_all(".recovery-codes code")]


def set_up(pages: PageClient) -> Page:
    pages.get(HOME)
    secret = secret_on(pages.submit(f"{HOME}/app"))
    return pages.submit(f"{HOME}/confirm", app_code=TOTP(secret).at(START))


def test_person_sets_an_app_up_and_sees_ten_codes_once(app: Flask, pages: PageClient, person: Person) -> None:
    page = set_up(pages)
    assert (page.heading, len(codes_on(page))) == ("Your recovery codes", 10)
    assert page.response.headers["Cache-Control"] == "no-store"
    assert take(app, person, codes_on(page)[0]) == "recovery_code"
    again = pages.get(HOME)
    assert "9 are left." in again.text
    assert not [each for each in codes_on(page) if each in again.html]


def test_secret_stands_as_a_picture_and_in_groups_of_four(pages: PageClient, person: Person) -> None:
    page = pages.submit(f"{HOME}/app")
    groups = page.get("#secret").text.split(" ")
    assert [len(each) for each in groups] == [4] * 8
    picture = page.get("svg[role=img]")
    assert picture.attributes["aria-label"]
    field = page.get("input[name=app_code]").attributes
    assert (field["autocomplete"], field["inputmode"]) == ("one-time-code", "numeric")


def test_wrong_code_shows_the_same_secret_again(app: Flask, pages: PageClient, person: Person) -> None:
    secret = secret_on(pages.submit(f"{HOME}/app"))
    page = pages.submit(f"{HOME}/confirm", app_code="12 34")
    assert (page.status, secret_on(page)) == (422, secret)
    assert page.get("#app_code-error").text == "Enter the six digits that the app shows."
    assert pages.submit(f"{HOME}/confirm", app_code=TOTP(secret).at(START)).heading == "Your recovery codes"


def test_second_app_leads_back_to_the_list(pages: PageClient, person: Person) -> None:
    set_up(pages)
    page = set_up(pages)
    assert (page.path, "The authenticator app is set up." in page.text) == (HOME, True)
    names = {each.text for each in page.find_all(".rows h3")}
    assert names == {"Authenticator app", "Authenticator app 2"}


def test_codes_come_as_a_file_that_nothing_keeps(pages: PageClient, person: Person) -> None:
    codes = codes_on(set_up(pages))
    answer = pages.submit(f"{HOME}/codes/download").response
    assert answer.headers["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("text/plain", "no-store")
    assert [line for line in answer.get_data(as_text=True).splitlines() if line in codes] == codes


def test_file_holds_nothing_but_codes(pages: PageClient, person: Person) -> None:
    page = pages.get(HOME)
    token = page.get("input[name=csrf_token]").attributes["value"]
    sent = {"csrf_token": token, "code": ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "abc"]}
    headers = {"Origin": "https://localhost", "Sec-Fetch-Site": "same-origin"}
    answer = pages.post(f"{HOME}/codes/download", data=sent, headers=headers)
    assert not [each for each in sent["code"] if each in answer.html.replace("Each", "")]


def test_new_codes_are_shown_in_place_of_the_old(app: Flask, pages: PageClient, person: Person) -> None:
    before = codes_on(set_up(pages))
    pages.get(HOME)
    after = codes_on(pages.submit(f"{HOME}/codes"))
    assert (len(after), set(before) & set(after)) == (10, set())
    assert take(app, person, before[0]) == "invalid_code"


def test_removal_says_what_happens_and_then_does_it(app: Flask, pages: PageClient, person: Person) -> None:
    set_up(pages)
    pages.get(HOME)
    page = pages.click("Remove")
    assert "It is your only second factor" in page.text
    page = pages.submit()
    assert (page.path, "Authenticator app is removed." in page.text) == (HOME, True)
    assert account_of(app, person).second_factor_since is None


def test_old_proof_is_asked_for_and_nothing_typed_is_lost(
    app: Flask, pages: PageClient, person: Person, clock: Any
) -> None:
    secret = secret_on(pages.submit(f"{HOME}/app"))
    clock.shift(timedelta(minutes=10))
    page = pages.submit(f"{HOME}/confirm", app_code=TOTP(secret).at(START + timedelta(minutes=10)))
    assert page.heading == "Confirm it is you"
    assert pages.submit(f"{HOME}/confirm", password=PASSWORD).heading == "Your recovery codes"


def test_whose_role_asks_for_a_factor_reads_why_and_can_go_on(make_app: Callable[..., Flask]) -> None:
    app = make_app(REQUIRE_MFA_FOR="administrator")
    pages = PageClient(app.test_client())
    sign_in(pages, make_administrator(app), next_path="/admin/accounts")
    assert (pages.page and pages.page.path) == HOME
    assert pages.page
    assert "only your own profile is open to you" in pages.page.text
    assert pages.page.find_all("a[href=/account]")[-1].text == "Go on without a second step"
    set_up(pages)
    assert pages.get("/admin/accounts").status == 200


@pytest.mark.parametrize("path", ["app", "confirm", "codes", "codes/download", "x/remove"])
def test_signed_out_is_sent_to_sign_in(client: Any, path: str) -> None:
    page = PageClient(client).post(f"{HOME}/{path}")
    assert page.path.startswith("/login")


def test_factor_of_somebody_else_is_not_there(app: Flask, pages: PageClient, person: Person) -> None:
    theirs = enrol_app(app, make_account(app))
    assert pages.get(f"{HOME}/{theirs.id}/remove").status == 404


def test_app_confirmed_in_another_window_leads_to_the_list(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    open_page_session(app, pages, person)
    pages.get(HOME)
    secret = secret_on(pages.submit(f"{HOME}/app"))
    window = pages.page
    pages.submit(f"{HOME}/confirm", app_code=TOTP(secret).at(START))
    pages.page = window
    page = pages.submit(f"{HOME}/confirm", app_code=TOTP(secret).at(START))
    assert (page.path, len(events_of(app, "totp.enrolled"))) == (HOME, 1)
