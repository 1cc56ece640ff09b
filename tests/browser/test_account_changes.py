"""What people change in the account area, with each thing said, shown, and in reach of everybody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.account_area import set_up_app, verify_address
from tests.browser.authenticator import Authenticator
from tests.browser.looks import find_barriers, find_overflow
from tests.browser.people import bring_in, go_to_view, open_as, see_view, sign_in
from tests.make import OTHER_PASSWORD, Person

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer

NOT_ME = re.compile("This wasn.t me")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:149.0) Gecko/20100101 Firefox/149.0"

IS_WHOLE = "key => key.scrollWidth <= key.clientWidth && key.scrollHeight <= key.clientHeight"
# Wherever the page is scrolled to: codes in the window that something lies over.
FIND_COVERED = """codes => codes.flatMap((at) => {
    at.scrollIntoView({ block: "end" });
    return codes.filter((code) => {
        const { left, top, width, height } = code.getBoundingClientRect();
        const seen = document.elementFromPoint(left + width / 2, top + height / 2);
        return seen !== null && seen !== code;
    }).map((code) => code.textContent);
})"""


@pytest.fixture
def page(browser: WatchedBrowser, live_server: LiveServer, person: Person) -> Page:
    """At Security, signed in a moment ago."""
    page = open_as(browser, person, "/account/security", permissions=["clipboard-read", "clipboard-write"])
    see_view(page, "Security")
    return page


def look(page: Page) -> None:
    assert find_barriers(page) == []
    assert find_overflow(page) == []
    page.set_viewport_size({"width": 1280, "height": 800})


def test_authenticator_app_is_set_up_and_its_codes_are_kept(browser: WatchedBrowser, page: Page) -> None:
    browser.expect(r"status of 422.*/confirm")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("img", name=re.compile("QR code"))).to_be_visible()
    secret = page.get_by_label("Or type this key into it").input_value()
    assert re.fullmatch(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", secret)
    page.locator("#enrolment").get_by_role("button", name="Copy").click()
    expect(page.locator("[data-slot=copied]")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == secret.replace(" ", "")
    page.get_by_label("The six digits").fill("000000")
    page.locator("#enrolment").get_by_role("button", name="Confirm").click()
    expect(page.get_by_label("The six digits")).to_have_attribute("aria-invalid", "true")
    look(page)
    page.locator("#enrolment").get_by_role("button", name="Cancel").click()
    codes = set_up_app(page)
    look(page)
    page.locator("#new-codes").get_by_role("button", name="Copy").click()
    expect(page.get_by_text("The codes are copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").split() == codes
    with page.expect_download() as download:
        page.locator("#new-codes").get_by_role("button", name="Download").click()
    assert download.value.path().read_text(encoding="utf-8").split() == codes
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("10 of 10 left.")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text(codes[0])


def test_key_and_codes_are_whole_on_a_phone_whatever_is_said(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.get_by_role("button", name="Set up").click()
    assert page.get_by_label("Or type this key into it").evaluate(IS_WHOLE)
    page.locator("#enrolment").get_by_role("button", name="Cancel").click()
    set_up_app(page)
    expect(page.get_by_text("The authenticator app is set up.")).to_be_visible()
    assert page.locator(".codes code").evaluate_all(FIND_COVERED) == []
    with page.expect_download():
        page.get_by_role("button", name="Download").last.click()
    expect(page.get_by_text("Your data is in your downloads.")).to_be_in_viewport()
    assert page.locator(".codes code").evaluate_all(FIND_COVERED) == []


def test_printed_sheet_has_the_codes_and_nothing_else(page: Page) -> None:
    codes = set_up_app(page)
    page.emulate_media(media="print")
    expect(page.get_by_text(codes[9])).to_be_visible()
    for hidden in ("Your data", "Passkeys", "Print", "Sign out"):
        expect(page.get_by_text(hidden, exact=True).first).to_be_hidden()


def test_passkey_is_added_named_and_removed(page: Page) -> None:
    Authenticator(page)
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("button", name="I have kept them").click()
    rows = page.locator("[data-slot=passkey-rows] > li")
    expect(rows).to_contain_text("Synced")
    page.get_by_role("button", name="Rename").click()
    look(page)
    page.get_by_label("Name", exact=True).fill("Blue laptop")
    page.keyboard.press("Enter")
    expect(rows.locator("[data-slot=name]").first).to_have_text("Blue laptop")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Blue laptop opens nothing any more.")).to_be_visible()
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("button", name="Remove")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("form:not([hidden])").get_by_role("button", name="Remove").click()
    expect(rows).to_have_count(0)
    expect(page.get_by_text("Blue laptop is removed")).to_be_visible()


def test_declined_passkey_is_told_and_nothing_is_added(browser: WatchedBrowser, page: Page) -> None:
    key = Authenticator(page)
    key.know_nobody()
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("No passkey was added.")).to_be_visible()
    expect(page.locator("[data-slot=passkey-rows] > li")).to_have_count(0)


def test_new_address_waits_for_its_link_and_can_be_dropped(
    live_server: LiveServer, page: Page, person: Person
) -> None:
    verify_address(live_server, person)
    page.reload()
    page.get_by_role("button", name="Change email address").click()
    page.get_by_label("New email address").fill(f"new-{person.email}")
    page.get_by_role("button", name="Send the link", exact=True).click()
    expect(page.get_by_text(f"new-{person.email}", exact=True)).to_be_visible()
    look(page)
    page.get_by_role("button", name="Drop it").click()
    expect(page.get_by_text(f"new-{person.email}", exact=True)).to_have_count(0)


def test_refused_address_is_explained_beside_its_field(browser: WatchedBrowser, page: Page) -> None:
    browser.expect(r"status of 422.*/email")
    page.get_by_role("button", name="Change email address").click()
    field = page.get_by_label("New email address")
    field.fill("nobody@localhost")
    page.keyboard.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(field).to_have_value("nobody@localhost")


def test_other_device_is_signed_out_and_its_browser_forgotten(
    browser: WatchedBrowser, page: Page, person: Person
) -> None:
    bring_in(browser.open_context(user_agent=FIREFOX), person)
    go_to_view(page, "Devices")
    look(page)
    sessions, browsers = (page.locator(f"[data-slot={name}] > li") for name in ("sessions", "browsers"))
    expect(sessions).to_have_count(2)
    sessions.filter(has_text="Firefox").get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("Firefox on Linux is signed out.")).to_be_visible()
    expect(sessions).to_have_count(1)
    browsers.filter(has_text="Firefox").get_by_role("button", name="Forget").click()
    expect(page.get_by_text("Firefox on Linux is forgotten.")).to_be_visible()
    expect(browsers).to_have_count(1)


def test_stranger_is_thrown_out_from_activity(browser: WatchedBrowser, page: Page, person: Person) -> None:
    browser.expect(r"status of (401|422).*/api/")
    bring_in(browser.open_context(user_agent=FIREFOX), person)
    go_to_view(page, "Activity")
    page.locator(".row").filter(has_text="Firefox").get_by_role("button", name=NOT_ME).first.click()
    expect(page.get_by_role("heading", name="Take your account back")).to_be_focused()
    look(page)
    page.get_by_label("New password").fill("password")
    page.get_by_role("button", name="Secure my account").click()
    expect(page.get_by_label("New password")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("New password").fill(OTHER_PASSWORD)
    page.get_by_role("button", name="Secure my account").click()
    expect(page.get_by_role("heading", name="Your account is yours again")).to_be_focused()
    expect(page.get_by_text("1 other device is signed out")).to_be_visible()
    look(page)


def test_account_is_left_and_kept_after_all(browser: WatchedBrowser, page: Page, person: Person) -> None:
    page.get_by_role("button", name="Delete account").click()
    page.get_by_label("to confirm").fill("somebody else")
    page.locator("#deletion-form").get_by_role("button", name="Delete account").click()
    expect(page.get_by_text("exactly as it stands here")).to_be_visible()
    page.get_by_label("to confirm").fill(person.username)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You are signed out everywhere")).to_be_focused()
    expect(page.get_by_role("navigation")).to_have_count(0)
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    expect(page.locator(".top-bar")).not_to_contain_text(person.username)
    look(page)
    sign_in(page, person, "/login")
    keep = page.get_by_role("button", name="Keep my account")
    expect(keep).to_be_visible()
    look(page)
    keep.click()
    expect(page.get_by_text("Your account stays.")).to_be_visible()
    expect(keep).to_be_hidden()
