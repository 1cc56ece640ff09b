"""A sensitive change asks who it is, in a dialog over what was typed, and then goes on by itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.account_area import give_password, outdate_proofs, proof_dialog, set_up_app
from tests.browser.authenticator import Authenticator
from tests.browser.looks import find_barriers
from tests.browser.people import open_as
from tests.make import OTHER_PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.make import Person
    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer

REFUSALS = r"status of (401|403|429).*/api/v2/"


@pytest.fixture
def page(browser: WatchedBrowser, live_server: LiveServer, person: Person) -> Page:
    """At a form that is filled in and sent, in a session whose proof is too old for it."""
    browser.expect(REFUSALS)
    page = open_as(browser, person, "/account/security")
    page.get_by_role("button", name="Change password").click()
    page.get_by_label("New password").fill(OTHER_PASSWORD)
    outdate_proofs(live_server)
    page.get_by_role("button", name="Save new password").click()
    expect(proof_dialog(page)).to_be_visible()
    return page


def test_change_goes_on_after_the_password(page: Page, person: Person) -> None:
    expect(proof_dialog(page).get_by_label("Password", exact=True)).to_be_focused()
    assert find_barriers(page) == []
    give_password(page, person.password)
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    expect(proof_dialog(page)).to_be_hidden()
    expect(page.get_by_role("heading", name="You", exact=True)).to_be_focused()


def test_wrong_password_stays_in_the_dialog_with_the_servers_sentence(page: Page, person: Person) -> None:
    give_password(page, "not the password")
    expect(proof_dialog(page).get_by_text("That is not your password.")).to_be_visible()
    expect(proof_dialog(page).get_by_label("Password", exact=True)).to_be_focused()
    give_password(page, person.password)
    expect(page.get_by_text("Your password is changed.")).to_be_visible()


def test_escape_changes_nothing_and_loses_nothing(page: Page, person: Person) -> None:
    page.keyboard.press("Escape")
    expect(proof_dialog(page)).to_be_hidden()
    expect(page.get_by_role("button", name="Save new password")).to_be_focused()
    expect(page.get_by_label("New password")).to_have_value(OTHER_PASSWORD)
    expect(page.locator("#notices")).to_be_empty()
    page.get_by_role("button", name="Save new password").click()
    give_password(page, person.password)
    expect(page.get_by_text("Your password is changed.")).to_be_visible()


def test_proof_holds_for_the_changes_after_it(page: Page, person: Person) -> None:
    give_password(page, person.password)
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert person.username in download.value.path().read_text(encoding="utf-8")


def test_too_many_guesses_are_told_with_a_countdown(page: Page) -> None:
    for _ in range(12):
        with page.expect_response("**/api/v2/proof") as answer:
            give_password(page, "not the password")
        if answer.value.status == 429:
            break
        expect(proof_dialog(page).get_by_text("That is not your password.")).to_be_visible()
    # Guesses come back one by one: what is left of the wait depends on how long the guessing took.
    expect(proof_dialog(page).locator("retry-countdown")).to_contain_text(
        re.compile(r"Try again in \d+ (minute|second)s?")
    )


def test_second_factor_is_asked_for_too(
    browser: WatchedBrowser, live_server: LiveServer, person: Person
) -> None:
    browser.expect(REFUSALS)
    page = open_as(browser, person, "/account/security")
    codes = set_up_app(page)
    page.get_by_role("button", name="I have kept them").click()
    outdate_proofs(live_server)
    page.get_by_role("button", name="Make new codes").click()
    give_password(page, person.password)
    expect(proof_dialog(page).get_by_label("Code")).to_have_attribute("aria-invalid", "true")
    proof_dialog(page).get_by_label("Code").fill(codes[0])
    proof_dialog(page).get_by_role("button", name="Confirm").click()
    expect(page.locator(".codes li")).to_have_count(10)


def test_passkey_is_proof_enough(browser: WatchedBrowser, live_server: LiveServer, person: Person) -> None:
    browser.expect(REFUSALS)
    page = open_as(browser, person, "/account/security")
    Authenticator(page)
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("button", name="I have kept them").click()
    outdate_proofs(live_server)
    page.get_by_role("button", name="Make new codes").click()
    proof_dialog(page).get_by_role("button", name="Use a passkey").click()
    expect(page.locator(".codes li")).to_have_count(10)
