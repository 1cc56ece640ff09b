"""Passkeys in a browser: made, offered, pressed for, declined; and pages that go on without them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.authenticator import Authenticator, make_passkey
from tests.browser.looks import WATCH_SHIFTS, find_barriers, find_overflow
from tests.browser.people import password_of, press, sign_in
from tests.make import Person
from tests.servers.chromium import WatchedBrowser

BUTTON = "Use a passkey"
GOING = "/account/second-step"
LOGIN = f"/login?next={GOING}"


@pytest.fixture
def page(browser: WatchedBrowser, person: Person) -> Page:
    return browser.open()


@pytest.fixture
def presses(page: Page) -> None:
    """A browser that offers nothing by itself: what happens follows from the button."""
    page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")


@pytest.fixture
def authenticator(page: Page, person: Person) -> Authenticator:
    """Holds a passkey of the person's, and answers at once with whatever is asked."""
    found = Authenticator(page)
    made = make_passkey(page, person)
    assert made["passkey"]["synced"] is True
    assert [each["isResidentCredential"] for each in found.credentials] == [True]
    return found


def see_arrival(page: Page) -> None:
    """Where the person was going, as themselves."""
    page.wait_for_url(re.compile(rf"://[^/]+{GOING}$"))
    expect(page.get_by_text("Signed in as")).to_be_visible()


def test_button_signs_in_without_a_name(page: Page, presses: None, authenticator: Authenticator) -> None:
    page.goto(LOGIN)
    page.get_by_role("button", name=BUTTON).click()
    see_arrival(page)


def test_passkey_is_offered_with_the_name(page: Page, authenticator: Authenticator) -> None:
    page.goto(LOGIN)
    see_arrival(page)


def test_passkey_is_the_second_step(
    page: Page, presses: None, person: Person, authenticator: Authenticator
) -> None:
    page.goto(LOGIN)
    page.get_by_label("Username or email").fill(person.username)
    password_of(page).fill(person.password)
    press(page, "Sign in")
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    page.get_by_role("button", name=BUTTON).click()
    see_arrival(page)


def test_passkey_confirms_who_it_is(page: Page, authenticator: Authenticator) -> None:
    page.goto(LOGIN)
    see_arrival(page)
    page.goto("/login?confirm=1&next=/account/second-step")
    page.get_by_role("button", name=BUTTON).click()
    see_arrival(page)


def test_passkey_that_is_declined_leaves_a_quiet_line(
    page: Page, presses: None, person: Person, authenticator: Authenticator
) -> None:
    page.goto(LOGIN)
    authenticator.know_nobody()
    page.get_by_role("button", name=BUTTON).click()
    expect(page.get_by_text("No passkey was used. Try again, or go on another way.")).to_be_visible()
    expect(page.locator(".error-summary")).to_have_count(0)
    expect(page.get_by_role("button", name=BUTTON)).to_be_enabled()


def test_password_signs_in_while_a_passkey_is_offered(page: Page, person: Person) -> None:
    Authenticator(page).wait_for_a_person()
    sign_in(page, person, LOGIN)
    see_arrival(page)


def test_browser_without_passkeys_sees_the_page_as_it_was(browser: WatchedBrowser, person: Person) -> None:
    context = browser.open_context()
    context.add_init_script("delete window.PublicKeyCredential")
    page = context.new_page()
    page.goto(LOGIN)
    expect(page.get_by_role("button", name=BUTTON)).to_be_hidden()
    sign_in(page, person, LOGIN)
    see_arrival(page)


def test_passkey_that_was_removed_here_is_told(
    page: Page, presses: None, authenticator: Authenticator, browser: WatchedBrowser
) -> None:
    browser.expect("status of 403")
    authenticator.hold_another()
    page.goto(LOGIN)
    page.get_by_role("button", name=BUTTON).click()
    expect(page.locator(".error-summary")).to_contain_text("is not registered here, or was removed")
    assert page.url.endswith("/login/passkey")


def test_sign_in_page_with_the_button_fits_and_can_be_used_by_all(
    browser: WatchedBrowser, person: Person
) -> None:
    page = browser.open()
    page.add_init_script(WATCH_SHIFTS)
    page.goto("/login")
    expect(page.get_by_role("button", name=BUTTON)).to_be_visible()
    assert page.evaluate("shifts") == []
    assert find_barriers(page) + find_overflow(page) == []


def test_tick_beside_the_code_trusts_the_browser_of_a_passkey_too(
    page: Page, presses: None, person: Person, authenticator: Authenticator
) -> None:
    sign_in_with_password(page, person)
    page.get_by_label("Trust this browser for 30 days").check()
    press(page, BUTTON)
    see_arrival(page)
    page.context.clear_cookies(name="__Host-session")
    sign_in_with_password(page, person)
    see_arrival(page)


def sign_in_with_password(page: Page, person: Person) -> None:
    page.goto(LOGIN)
    page.get_by_label("Username or email").fill(person.username)
    password_of(page).fill(person.password)
    press(page, "Sign in")
