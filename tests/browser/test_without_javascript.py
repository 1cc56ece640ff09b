"""With JavaScript switched off, people join, sign in, recover and administer all the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.people import (
    bring_in,
    fill_in_account,
    find_account,
    lock_account,
    open_as,
    password_of,
    press,
    prove,
    register_by_api,
    sign_in,
    spend_sign_ins,
)
from tests.make import OTHER_PASSWORD, PASSWORD, Person

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer


@pytest.fixture
def page(browser: WatchedBrowser, live_server: LiveServer, administrator: Person) -> Page:
    """A browser without JavaScript, with nobody signed in."""
    return browser.open_context(java_script_enabled=False).new_page()


@pytest.fixture
def console(page: Page, administrator: Person, person: Person) -> Page:
    """The administrator's browser without JavaScript, at the page of somebody's account."""
    bring_in(page.context, administrator)
    page.goto(f"/admin/accounts?q={person.email}")
    page.get_by_role("rowheader").get_by_role("link").click()
    return page


def test_person_registers_signs_in_and_signs_out(page: Page) -> None:
    mara = Person("", "mara", "mara@example.org", PASSWORD)
    page.goto("/register")
    fill_in_account(page, mara)
    press(page, "Create account")
    expect(page.get_by_role("status")).to_contain_text("Your account mara is ready.")
    sign_in(page, mara)
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, mara")
    expect(page.locator("noscript .notice")).to_be_visible()
    press(page, "Sign out")
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.goto("/account")
    assert page.url.endswith("/login?next=%2Faccount")


def test_refused_sign_in_keeps_the_name_and_not_the_password(
    page: Page, person: Person, browser: WatchedBrowser
) -> None:
    browser.expect("status of 401")
    page.goto("/login")
    page.get_by_label("Username or email").fill(person.username)
    password_of(page).fill("not the password")
    press(page, "Sign in")
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.get_by_label("Username or email")).to_have_value(person.username)
    expect(password_of(page)).to_have_value("")


def test_administrator_locks_an_account_and_opens_it_again(
    console: Page, administrator: Person, person: Person, browser: WatchedBrowser
) -> None:
    theirs = open_as(browser, person, "/account", java_script_enabled=False)
    find_account(console, person)
    lock_account(console, administrator, "Reported lost laptop")
    expect(console.get_by_role("status")).to_contain_text("is locked and signed out everywhere")
    expect(console.get_by_text("Reported lost laptop").first).to_be_visible()
    theirs.reload()
    expect(theirs.get_by_text("because an administrator locked your account")).to_be_visible()
    press(console, "Unlock account")
    expect(console.get_by_role("status")).to_contain_text("The account is unlocked.")
    sign_in(theirs, person)


def test_lock_without_a_reason_is_explained_beside_the_field(
    console: Page, administrator: Person, browser: WatchedBrowser
) -> None:
    browser.expect("status of 422")
    lock_account(console, administrator, " ")
    expect(console.locator(".error-summary")).to_be_focused()
    expect(console.get_by_label("Reason")).to_have_accessible_description(
        re.compile("Write why, for those who look at it later.")
    )


def test_administrator_gives_a_role(console: Page, administrator: Person, browser: WatchedBrowser) -> None:
    console.get_by_role("checkbox", name="administrator").check()
    press(console, "Save roles")
    prove(console, administrator)
    expect(console.get_by_role("status").first).to_contain_text("The roles are saved")
    expect(console.get_by_role("checkbox", name="administrator")).to_be_checked()


def test_reset_link_chooses_a_password_once(
    console: Page, administrator: Person, person: Person, browser: WatchedBrowser
) -> None:
    press(console, "Make reset link")
    prove(console, administrator)
    link = console.get_by_label("Link").input_value()
    theirs = browser.open_context(java_script_enabled=False).new_page()
    theirs.goto(link)
    theirs.get_by_label("New password", exact=True).fill(OTHER_PASSWORD)
    press(theirs, "Save new password")
    expect(theirs.get_by_text("Your password is changed")).to_be_visible()
    sign_in(theirs, Person("", person.username, person.email, OTHER_PASSWORD))
    browser.expect("status of 410")
    theirs.goto(link)
    expect(theirs.get_by_role("heading", level=1)).to_have_text("This link has been used")


def test_theme_is_chosen_and_remembered(page: Page) -> None:
    page.goto("/login")
    press(page, "Dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/forgot-password")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_wait_is_told_without_a_countdown(
    page: Page, live_server: LiveServer, browser: WatchedBrowser
) -> None:
    browser.expect("status of 429")
    unlucky = register_by_api(live_server, "unlucky")
    spend_sign_ins(live_server, unlucky)
    page.goto("/login")
    page.get_by_label("Username or email").fill(unlucky.username)
    password_of(page).fill(unlucky.password)
    press(page, "Sign in")
    expect(page.get_by_text(re.compile(r"Try again in \d+ (minute|second)s?\."))).to_be_visible()
