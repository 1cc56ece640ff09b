"""What JavaScript adds to pages that are complete without it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.people import open_as, password_of, press, see_overview, spend_sign_ins

if TYPE_CHECKING:
    from playwright.sync_api import Request

    from tests.make import Person
    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer

# A page that is about to be left can be heard, but not asked.
PRESS_TWICE = """() => {
    let times = 0;
    document.addEventListener("submit", (event) => console.info("submit", (times += 1), event.defaultPrevented));
    const button = document.querySelector("main .button-primary");
    button.click();
    setTimeout(() => button.click());
}"""


def test_password_is_shown_and_leaves_hidden(browser: WatchedBrowser, person: Person) -> None:
    page = browser.open("/login")
    field = password_of(page)
    field.fill(person.password)
    page.get_by_role("button", name="Show password").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide password").click()
    expect(field).to_have_attribute("type", "password")


def test_caps_lock_is_told_while_it_is_on(browser: WatchedBrowser, person: Person) -> None:
    page = browser.open("/login")
    hint = page.get_by_text("Caps Lock is on.")
    press_key = """(on) => document.querySelector("[type=password]").dispatchEvent(
        new KeyboardEvent("keydown", { key: "A", modifierCapsLock: on, bubbles: true }))"""
    expect(hint).to_be_hidden()
    page.evaluate(press_key, True)
    expect(hint).to_be_visible()
    page.evaluate(press_key, False)
    expect(hint).to_be_hidden()


def test_new_password_is_advised_on_while_it_is_typed(browser: WatchedBrowser, person: Person) -> None:
    page = browser.open("/register")
    words = page.locator("[data-slot=strength-words]")
    password_of(page).fill("short")
    expect(words).to_have_text("10 more characters.")
    page.get_by_label("Username").fill("mara.lindqvist")
    password_of(page).fill("mara.lindqvist99")
    expect(words).to_have_text("Leave out your own name and address.")
    password_of(page).fill("eleven paper boats upstream")
    expect(words).to_have_text("Strong.")


def test_wait_is_counted_down_to_the_moment_one_may_try_again(
    browser: WatchedBrowser, live_server: LiveServer, person: Person
) -> None:
    browser.expect("status of 429")
    page = browser.open()
    page.clock.install()
    spend_sign_ins(live_server, person)
    page.goto("/login")
    page.get_by_label("Username or email").fill(person.username)
    password_of(page).fill(person.password)
    press(page, "Sign in")
    countdown = page.locator("retry-countdown")
    expect(countdown).to_contain_text(re.compile(r"Try again in (\d+ minutes? ?)?(\d+ seconds?)?\."))
    expect(page.get_by_role("link", name="Try again")).to_be_hidden()
    page.clock.fast_forward("15:01")
    expect(countdown).to_contain_text("You can try again now.")
    page.get_by_role("link", name="Try again").click()
    page.wait_for_url("**/login")


def test_reset_link_is_copied(browser: WatchedBrowser, administrator: Person, person: Person) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    page = open_as(browser, administrator, f"/admin/accounts?q={person.username}", permissions=permissions)
    page.get_by_role("link", name=person.username, exact=True).click()
    press(page, "Make reset link")
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("[data-slot=copied]")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.get_by_label("Link").input_value()


def test_form_pressed_twice_is_sent_once(browser: WatchedBrowser, person: Person) -> None:
    page = browser.open("/login")
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request))  # noqa: PLW0108 - playwright marks what it calls
    page.get_by_label("Username or email").fill(person.username)
    password_of(page).fill(person.password)
    with page.expect_console_message(lambda message: message.text.startswith("submit 2")) as second:
        page.evaluate(PRESS_TWICE)
    assert second.value.text == "submit 2 true"
    page.wait_for_url("**/account")
    assert (
        len([request for request in sent if request.method == "POST" and request.url.endswith("/login")]) == 1
    )


def test_times_are_told_in_the_zone_of_the_reader(
    browser: WatchedBrowser, administrator: Person, person: Person
) -> None:
    page = open_as(browser, administrator, f"/admin/accounts?q={person.username}", timezone_id="Asia/Kolkata")
    page.get_by_role("link", name=person.username, exact=True).click()
    press(page, "Make reset link")
    expect(page.locator("#shown-link-hint time").first).to_contain_text("GMT+5:30")


def test_lost_connection_is_told_and_forgotten(browser: WatchedBrowser, person: Person) -> None:
    page = open_as(browser, person, "/account")
    see_overview(page)
    banner = page.get_by_text("You are offline.")
    expect(banner).to_be_hidden()
    page.context.set_offline(True)
    expect(banner).to_be_visible()
    page.context.set_offline(False)
    expect(banner).to_be_hidden()


def test_other_device_is_signed_out_from_here(browser: WatchedBrowser, person: Person) -> None:
    browser.expect(r"status of 401.*/api/v2/")
    there = open_as(browser, person, "/account/security")
    expect(there.get_by_role("heading", name="Passkeys")).to_be_visible()
    here = open_as(browser, person, "/account/devices")
    here.get_by_role("button", name="Sign out all others").click()
    expect(here.get_by_text("1 other device is signed out.")).to_be_visible()
    expect(here.get_by_text("You are signed in nowhere else.")).to_be_visible()
    there.get_by_role("button", name="Change name").click()
    there.get_by_role("button", name="Save name").click()
    there.wait_for_url("**/login?next=/account/security")
    expect(there.get_by_text("You were signed out from another device.")).to_be_visible()
