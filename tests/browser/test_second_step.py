"""Setting up an authenticator app in a browser: with and without JavaScript, by keyboard, in every width and scheme."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from pyotp import TOTP

from tests.browser.looks import find_barriers, find_overflow
from tests.browser.people import open_as, press
from webapp.core import clock

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.make import Person
    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer

HOME = "/account/second-step"
BEGIN = "Set up an authenticator app"


def secret_on(page: Page) -> str:
    return page.locator("#secret").inner_text().replace(" ", "").replace("\n", "")


def confirm(page: Page) -> None:
    """Enter what an app with this secret shows now."""
    page.get_by_label("Then enter the six digits that it shows").fill(TOTP(secret_on(page)).at(clock.now()))
    press(page, "Confirm")


def codes_on(page: Page) -> list[str]:
    return page.locator(".recovery-codes code").all_inner_texts()


@pytest.mark.parametrize("scripts", [True, False])
def test_person_sets_up_an_app_and_downloads_the_codes(
    browser: WatchedBrowser, live_server: LiveServer, person: Person, scripts: bool
) -> None:
    page = open_as(browser, person, HOME, java_script_enabled=scripts)
    press(page, BEGIN)
    confirm(page)
    codes = codes_on(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download").click()
    assert waiting.value.suggested_filename == "recovery-codes.txt"
    kept = Path(waiting.value.path()).read_text()
    assert (len(codes), [each for each in codes if each not in kept]) == (10, [])
    page.goto(HOME)
    expect(page.get_by_text("10 are left.")).to_be_visible()


def test_codes_are_copied_and_printed(
    browser: WatchedBrowser, live_server: LiveServer, person: Person
) -> None:
    page = open_as(browser, person, HOME, permissions=["clipboard-read", "clipboard-write"])
    page.add_init_script("window.print = () => { window.printed = true; }")
    press(page, BEGIN)
    confirm(page)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").split("\n") == codes_on(page)
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("window.printed")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()


def test_whole_path_is_walked_by_keyboard(
    browser: WatchedBrowser, live_server: LiveServer, person: Person
) -> None:
    page = open_as(browser, person, HOME)
    tab_to(page, BEGIN)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    # The field has the focus from the start: the code is all that is typed here.
    expect(page.get_by_label("Then enter the six digits that it shows")).to_be_focused()
    page.keyboard.type(TOTP(secret_on(page)).at(clock.now()))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, "Download")
    tab_to(page, "I have kept them")


def test_pages_are_accessible_and_fit_in_every_scheme_and_width(
    browser: WatchedBrowser, live_server: LiveServer, person: Person
) -> None:
    browser.expect("status of 422")
    page = open_as(browser, person, HOME)
    found = look(page, "start")
    press(page, BEGIN)
    found += look(page, "app")
    page.get_by_label("Then enter the six digits that it shows").fill("12")
    press(page, "Confirm")
    found += look(page, "wrong")
    confirm(page)
    found += look(page, "codes")
    page.goto(HOME)
    found += look(page, "list")
    page.get_by_role("link", name="Remove").click()
    assert found + look(page, "remove") == []


def look(page: Page, name: str) -> list[str]:
    """Barriers and overflow; and pictures for who asks for them."""
    found = find_barriers(page) + find_overflow(page)
    folder = os.environ.get("SECOND_STEP_PICTURES")
    if folder:
        for width, height in ((360, 740), (1280, 800)):
            for scheme in ("light", "dark"):
                page.set_viewport_size({"width": width, "height": height})
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png", full_page=True)
    return found


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what is called `name` has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"{name} is not reached by Tab")
