"""This wasn't me, from the letter to the new password: by mouse, by keyboard, without scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.looks import find_barriers, find_overflow
from tests.browser.people import bring_in, find_account, open_as, press, prove
from tests.make import OTHER_PASSWORD, Person

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer


@pytest.fixture
def owner(browser: WatchedBrowser, live_server: LiveServer, administrator: Person, person: Person) -> Person:
    """Somebody with a verified address, who has signed in once."""
    console = open_as(browser, administrator, "/admin/accounts")
    find_account(console, person)
    press(console, "Mark as verified")
    prove(console, administrator)
    expect(console.get_by_text("The address is marked as verified.")).to_be_visible()
    bring_in(browser.open_context(), person)
    return person


@pytest.fixture
def thief(browser: WatchedBrowser, owner: Person) -> Page:
    """Another browser, signed in with the owner's password."""
    return open_as(
        browser, owner, "/account/departure", user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
    )


def open_letter(context: BrowserContext, owner: Person) -> Page:
    """The letter about the new device, where its reader has followed "This wasn't me"."""
    page = context.new_page()
    page.goto("/mailbox")
    row = page.locator(".row", has_text=owner.email).filter(has_text="New sign-in")
    row.get_by_role("link").first.click()
    page.get_by_role("link", name=re.compile("This wasn.t me")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Secure your account")
    return page


def look(page: Page) -> None:
    """Accessible in both schemes, and within its width."""
    assert find_barriers(page) == []
    assert find_overflow(page) == []


@pytest.mark.parametrize("scripts", [True, False])
def test_owner_takes_the_account_back_from_the_letter(
    browser: WatchedBrowser, thief: Page, owner: Person, scripts: bool
) -> None:
    page = open_letter(browser.open_context(java_script_enabled=scripts), owner)
    expect(page.get_by_text("All 2 open sessions end")).to_be_visible()
    press(page, "Secure my account")
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose a new password")
    thief.reload()
    expect(thief.get_by_text("a sign-in was not theirs")).to_be_visible()

    page.get_by_label("New password", exact=True).fill(OTHER_PASSWORD)
    press(page, "Save new password")
    page.get_by_label("Username or email").fill(owner.username)
    page.get_by_label("Password", exact=True).fill(OTHER_PASSWORD)
    press(page, "Sign in")
    page.wait_for_url("**/account/security")

    browser.expect("status of 401")
    thief.goto("/login")
    thief.get_by_label("Username or email").fill(owner.username)
    thief.get_by_label("Password", exact=True).fill(owner.password)
    press(thief, "Sign in")
    expect(thief.locator(".error-summary")).to_be_visible()


def test_every_page_of_the_way_is_accessible_and_keyboard_goes_along(
    browser: WatchedBrowser, thief: Page, owner: Person
) -> None:
    page = open_letter(browser.open_context(), owner)
    look(page)
    letter = page.url
    # Past the skip link and the mark to the one button of the page.
    page.get_by_role("button", name="Secure my account").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_label("New password", exact=True)).to_be_focused()
    look(page)
    browser.expect("status of 410")
    page.goto(letter)
    expect(page.get_by_role("heading", level=1)).to_have_text("This link has been used")
    look(page)


def test_password_of_before_leads_to_a_reset_link(
    browser: WatchedBrowser, thief: Page, owner: Person
) -> None:
    page = open_letter(browser.open_context(), owner)
    press(page, "Secure my account")
    browser.expect("status of 40[13]")
    page.goto("/login")
    page.get_by_label("Username or email").fill(owner.username)
    page.get_by_label("Password", exact=True).fill(owner.password)
    press(page, "Sign in")
    expect(page.locator(".error-summary")).to_contain_text("password")
    expect(
        page.get_by_role("link", name=re.compile("Forgot|reset|new password", re.IGNORECASE)).first
    ).to_be_visible()


def test_administrator_secures_an_account_after_seeing_what_happens(
    browser: WatchedBrowser, administrator: Person, thief: Page, owner: Person
) -> None:
    console = open_as(browser, administrator, f"/admin/accounts?q={owner.email}", java_script_enabled=False)
    console.get_by_role("checkbox", name=f"Select {owner.username}").check()
    console.get_by_label("What to do").select_option("Secure")
    press(console, "Continue with selected")
    expect(console.get_by_text("2 sessions end · gets a letter with a reset link")).to_be_visible()
    press(console, "Secure account")
    prove(console, administrator)
    expect(console.get_by_role("heading", level=1)).to_have_text("1 account secured")
    thief.reload()
    expect(thief.get_by_text("a sign-in was not theirs")).to_be_visible()


def test_leaving_and_coming_back_is_accessible(
    browser: WatchedBrowser, live_server: LiveServer, owner: Person
) -> None:
    page = open_as(browser, owner, "/account/departure")
    look(page)
    press(page, "Delete my account")
    expect(page.get_by_text("Sign in before that day")).to_be_visible()
    bring_in(page.context, owner)
    page.goto("/account/departure")
    look(page)
    press(page, "Keep my account")
    expect(page.get_by_text("Your account is kept.")).to_be_visible()
