"""Everything is reached and worked with the keyboard alone, and one sees where one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.people import open_as, see_overview
from tests.make import Person

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer

# Its name, and whether it can be seen there: inside the window, and marked by a ring.
LOOK_AT_FOCUS = """() => {
    const element = document.activeElement;
    const ring = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const name = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent;
    const ringed = ring.outlineStyle !== "none" && parseFloat(ring.outlineWidth) >= 2;
    const seen = box.width > 0 && box.top >= 0 && box.bottom <= innerHeight && box.left >= 0;
    return { name: name.trim(), ringed, seen, kind: element.tagName };
}"""
MOST_STEPS = 60


def enter(page: Page) -> None:
    """Press Enter, and see the page that answers."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def tab_to(page: Page, name: str, *, back: bool = False) -> None:
    """Press Tab until `name` has the focus; every stop on the way must show itself."""
    seen: list[str] = []
    for _ in range(MOST_STEPS):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        focus = page.evaluate(LOOK_AT_FOCUS)
        seen.append(focus["name"])
        if focus["kind"] != "BODY":
            assert focus["ringed"], f"no ring around {focus}"
            assert focus["seen"], f"out of sight: {focus}"
        if focus["name"] == name:
            return
    raise AssertionError(f"Tab never came to {name!r}, only to {seen}")


def order_of(page: Page, last: str) -> list[str]:
    """What Tab stops at from the start of the page until `last`."""
    page.evaluate("document.activeElement.blur()")
    page.mouse.click(1, 1)
    names: list[str] = []
    while last not in names and len(names) < MOST_STEPS:
        page.keyboard.press("Tab")
        names.append(page.evaluate(LOOK_AT_FOCUS)["name"])
    return names


def test_sign_in_begins_at_the_name_and_takes_three_stops(browser: WatchedBrowser, person: Person) -> None:
    page = browser.open("/login")
    expect(page.get_by_label("Username or email")).to_be_focused()
    page.keyboard.type(person.username)
    page.keyboard.press("Tab")
    page.keyboard.type(person.password)
    enter(page)
    see_overview(page)


def test_stops_of_the_sign_in_page_follow_what_is_read(
    browser: WatchedBrowser, live_server: LiveServer, administrator: Person
) -> None:
    page = browser.open("/login")
    stops = order_of(page, "Create one")
    assert stops[-7:] == [
        "Username or email", "Password", "Show password", "Forgot password?", "Sign in", "Use a passkey", "Create one",
    ]  # fmt: skip


def test_account_is_locked_by_keyboard_alone(
    browser: WatchedBrowser, administrator: Person, person: Person
) -> None:
    page = open_as(browser, administrator, "/admin/accounts")
    tab_to(page, "Search")
    page.keyboard.type(person.username)
    enter(page)
    tab_to(page, person.username)
    enter(page)
    tab_to(page, "Lock account")
    enter(page)
    tab_to(page, "Reason")
    page.keyboard.type("Reported lost laptop")
    enter(page)
    expect(page.get_by_role("status").first).to_contain_text("is locked and signed out everywhere")


def test_skip_link_is_first_shows_itself_and_passes_the_navigation(
    browser: WatchedBrowser, administrator: Person
) -> None:
    page = open_as(browser, administrator, "/admin/accounts")
    tab_to(page, "Skip to the content")
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    tab_to(page, "Search")


def test_error_summary_takes_the_focus_and_leads_to_the_field(
    browser: WatchedBrowser, live_server: LiveServer, administrator: Person
) -> None:
    browser.expect("status of 422")
    page = browser.open("/register")
    page.get_by_label("Username").fill("somebody")
    enter(page)
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Email")).to_be_focused()


def test_every_stop_of_the_account_area_shows_its_focus(browser: WatchedBrowser, person: Person) -> None:
    page = open_as(browser, person, "/account")
    see_overview(page)
    tab_to(page, "Dark")


def test_name_form_opens_takes_the_focus_and_gives_it_back(browser: WatchedBrowser, person: Person) -> None:
    page = open_as(browser, person, "/account/security")
    expect(page.get_by_role("button", name="Change name")).to_be_visible()
    tab_to(page, "Change name")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Display name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Change name")).to_be_focused()
