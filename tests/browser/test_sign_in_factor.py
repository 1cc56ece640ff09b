"""The second step of signing in, in a browser: with and without JavaScript, trusted afterwards, in every width."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from pyotp import TOTP

from tests.browser.looks import find_barriers, find_overflow
from tests.browser.people import open_as, password_of, press
from webapp.core import clock

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.make import Person
    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer


def set_up_app(browser: WatchedBrowser, person: Person) -> tuple[str, list[str]]:
    """An authenticator app of this person's: its secret, and the recovery codes."""
    page = open_as(browser, person, "/account/second-step")
    press(page, "Set up an authenticator app")
    secret = re.sub(r"\s", "", page.locator("#secret").inner_text())
    page.get_by_label("Then enter the six digits that it shows").fill(code_of(secret, -1))
    press(page, "Confirm")
    codes = page.locator(".recovery-codes code").all_inner_texts()
    page.context.close()
    return secret, codes


def code_of(secret: str, steps: int = 0) -> str:
    return TOTP(secret).at(clock.now(), counter_offset=steps)


def give_password(page: Page, person: Person) -> None:
    page.goto("/login")
    page.get_by_label("Username or email").fill(person.username)
    password_of(page).fill(person.password)
    press(page, "Sign in")


@pytest.mark.parametrize("scripts", [True, False])
def test_code_signs_in_and_the_trusted_browser_is_not_asked_again(
    browser: WatchedBrowser, live_server: LiveServer, person: Person, scripts: bool
) -> None:
    secret, _ = set_up_app(browser, person)
    page = browser.open(java_script_enabled=scripts)
    give_password(page, person)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    page.get_by_label("Trust this browser for 30 days").check()
    page.get_by_label("Code", exact=True).fill(code_of(secret))
    press(page, "Sign in")
    page.wait_for_url("**/account")
    page.context.clear_cookies(name="__Host-session")
    give_password(page, person)
    page.wait_for_url("**/account")


def test_recovery_code_signs_in(browser: WatchedBrowser, live_server: LiveServer, person: Person) -> None:
    _, codes = set_up_app(browser, person)
    page = browser.open()
    give_password(page, person)
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Code", exact=True).fill(codes[0])
    press(page, "Sign in")
    page.wait_for_url("**/account")


def test_pages_are_accessible_and_fit_in_every_scheme_and_width(
    browser: WatchedBrowser, live_server: LiveServer, person: Person
) -> None:
    browser.expect("status of 401")
    _, codes = set_up_app(browser, person)
    page = browser.open()
    give_password(page, person)
    found = look(page, "factor")
    page.get_by_label("Code", exact=True).fill("000000")
    press(page, "Sign in")
    found += look(page, "wrong")
    page.get_by_role("link", name="Use a recovery code").click()
    found += look(page, "recovery")
    page.get_by_label("Code", exact=True).fill(codes[0])
    press(page, "Sign in")
    page.wait_for_url("**/account")
    page.goto("/login?confirm=1")
    assert found + look(page, "confirm") == []


def look(page: Page, name: str) -> list[str]:
    """Barriers and overflow; and pictures for who asks for them."""
    found = find_barriers(page) + find_overflow(page)
    folder = os.environ.get("SIGN_IN_PICTURES")
    if folder:
        for width, height in ((360, 740), (1280, 800)):
            for scheme in ("light", "dark"):
                page.set_viewport_size({"width": width, "height": height})
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png", full_page=True)
    return found
