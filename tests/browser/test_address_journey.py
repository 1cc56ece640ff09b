"""From registration to a verified address, in this browser and in another; changed by a thief, and put back."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.looks import find_barriers, find_overflow
from tests.browser.people import fill_in_account, open_as, password_of, press, see_overview, sign_in
from tests.make import OTHER_PASSWORD, PASSWORD, Person

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer

_numbers = count(1)


@pytest.fixture
def newcomer(administrator: Person) -> Person:
    """Somebody who is about to register."""
    name = f"mara{next(_numbers):03}"
    return Person("", name, f"{name}@example.org", PASSWORD)


@pytest.fixture
def page(browser: WatchedBrowser, live_server: LiveServer) -> Page:
    """A browser in which nobody is signed in."""
    return browser.open_context().new_page()


def see(page: Page, heading: str) -> None:
    """The page is there, keeps nobody out, and fits."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert find_barriers(page) == []
    assert find_overflow(page) == []


def register(page: Page, person: Person) -> None:
    page.goto("/register")
    fill_in_account(page, person)
    press(page, "Create account")
    expect(page.get_by_role("status").first).to_contain_text(person.email)


def open_letter(page: Page, recipient: str, label: str) -> None:
    """Read the latest letter to this address, and follow what it asks to open."""
    page.goto("/mailbox")
    page.get_by_role("listitem").filter(has_text=recipient).first.get_by_role("link").click()
    page.get_by_role("link", name=label, exact=True).click()


def test_newcomer_verifies_where_they_are_signed_in(page: Page, newcomer: Person) -> None:
    register(page, newcomer)
    sign_in(page, newcomer)
    open_letter(page, newcomer.email, "Verify this address")
    see(page, "Verify your address")
    expect(page.get_by_label("Password", exact=True)).to_have_count(0)
    press(page, "Verify this address")
    see(page, "Your address is verified")
    page.get_by_role("link", name="Go to your account").click()
    see_overview(page)


def test_newcomer_verifies_in_another_browser_with_the_password(
    page: Page, newcomer: Person, browser: WatchedBrowser
) -> None:
    register(page, newcomer)
    other = browser.open_context().new_page()
    open_letter(other, newcomer.email, "Verify this address")
    see(other, "Verify your address")
    expect(other.get_by_text("is not signed in in this browser")).to_be_visible()
    browser.expect(r"the server responded with a status of 403")
    password_of(other).fill("not the password")
    press(other, "Verify this address")
    see(other, "Verify your address")
    password_of(other).fill(newcomer.password)
    press(other, "Verify this address")
    see(other, "Your address is verified")
    other.get_by_role("link", name="Sign in").click()
    expect(other.get_by_label("Username or email")).to_have_value(newcomer.username)
    expect(password_of(other)).to_be_focused()
    sign_in(other, newcomer)
    other.goto("/account/address")
    expect(other.get_by_text(f"{newcomer.email} is verified.", exact=True)).to_be_visible()


def test_changed_address_is_put_back_from_its_letter(
    page: Page, newcomer: Person, browser: WatchedBrowser
) -> None:
    register(page, newcomer)
    open_letter(page, newcomer.email, "Verify this address")
    password_of(page).fill(newcomer.password)
    press(page, "Verify this address")
    thief, taken = open_as(browser, newcomer, "/account/address"), f"thief-of-{newcomer.email}"
    thief.get_by_label("New email address").fill(taken)
    press(thief, "Change address")
    see(thief, "Email address")
    open_letter(thief, taken, "Verify this address")
    see(thief, "Verify your address")
    press(thief, "Verify this address")
    see(thief, "Your address is verified")
    open_letter(page, newcomer.email, "Put this address back")
    see(page, "Put your address back")
    press(page, "Put the address back")
    see(page, "Choose a new password")
    page.get_by_label("New password", exact=True).fill(OTHER_PASSWORD)
    press(page, "Save new password")
    thief.goto("/account/address")
    expect(thief).to_have_url(re.compile("/login"))
    sign_in(page, Person("", newcomer.email, newcomer.email, OTHER_PASSWORD))
    page.goto("/account/address")
    expect(page.get_by_text(f"{newcomer.email} is verified.", exact=True)).to_be_visible()


def test_forgotten_password_is_chosen_anew_from_the_letter(
    page: Page, newcomer: Person, browser: WatchedBrowser
) -> None:
    register(page, newcomer)
    open_letter(page, newcomer.email, "Verify this address")
    password_of(page).fill(newcomer.password)
    press(page, "Verify this address")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("link", name="Forgot password?").click()
    see(page, "Forgot your password?")
    page.get_by_label("Username or email").fill(newcomer.username)
    press(page, "Send reset link")
    see(page, "Look into your mail")
    open_letter(page, newcomer.email, "Choose a new password")
    used = page.url
    page.get_by_label("New password", exact=True).fill(OTHER_PASSWORD)
    press(page, "Save new password")
    sign_in(page, Person("", newcomer.username, newcomer.email, OTHER_PASSWORD))
    browser.expect(r"the server responded with a status of 410")
    page.goto(used)
    see(page, "This link has been used")


def test_guest_accepts_an_invitation(
    page: Page, newcomer: Person, browser: WatchedBrowser, administrator: Person
) -> None:
    console = open_as(browser, administrator, "/admin/invitations")
    see(console, "Invitations")
    # As long as addresses come: no page may grow wider for it.
    newcomer = replace(newcomer, email=f"a-rather-long-address-of.{newcomer.email}")
    console.get_by_label("Email address").fill(newcomer.email)
    press(console, "Invite")
    see(console, "Invitations")
    expect(console.get_by_role("heading", name=newcomer.email)).to_be_visible()
    open_letter(page, newcomer.email, "Accept the invitation")
    see(page, "You are invited")
    page.get_by_label("Username").fill(newcomer.username)
    password_of(page).fill(newcomer.password)
    press(page, "Create account")
    page.goto("/account/address")
    expect(page.get_by_text(f"{newcomer.email} is verified.", exact=True)).to_be_visible()
