"""Pages fit their window, stand still while they load, and stay light."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.looks import WATCH_SHIFTS, find_overflow
from tests.browser.people import bring_in, press, register_by_api, see_overview, spend_sign_ins

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

    from tests.make import Person
    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer

MOST_CSS = 30_000
MOST_JAVASCRIPT = 40_000
MOST_SHIFT = 0.01
# Every page of the console that has nobody in its address.
CONSOLE = (
    "/admin/accounts",
    "/admin/accounts?q=nobody",
    "/admin/accounts/import",
    "/admin/accounts/export",
    "/admin/sessions",
    "/admin/audit",
    "/admin/roles",
    "/admin/roles/new",
    "/admin/roles/administrator",
    "/admin/settings",
    "/admin/settings/app-name",
    "/admin/jobs",
    "/admin/invitations",
    "/admin/keys",
    "/admin/clients",
    "/admin/connections",
    "/admin/connections/new",
)
# As long as an address may be, without a place to break it.
LONG_NAME = "anastasia-bartholomea-constantinopoulou-von-der-weide-und-zu-see"


@pytest.fixture(scope="module")
def longest(live_server: LiveServer, administrator: Person) -> Person:
    """Somebody whose name is as long as names may be."""
    return register_by_api(live_server, LONG_NAME[:32])


@pytest.fixture
def console(browser: WatchedBrowser, administrator: Person) -> Page:
    context = browser.open_context()
    bring_in(context, administrator)
    return context.new_page()


def test_pages_of_visitors_fit_every_width(
    browser: WatchedBrowser, live_server: LiveServer, longest: Person
) -> None:
    browser.expect("status of (404|410|422|429)")
    page = browser.open("/login")
    found = find_overflow(page)
    for path in ("/register", "/forgot-password", "/setup/used", "/reset-password/unknown", "/no/such/page"):
        page.goto(path)
        found += find_overflow(page)
    page.goto("/register")
    press(page, "Create account")
    found += find_overflow(page)
    spend_sign_ins(live_server, longest)
    page.goto("/login")
    page.get_by_label("Username or email").fill(longest.username)
    page.get_by_label("Password", exact=True).fill(longest.password)
    press(page, "Sign in")
    assert page.get_by_text("Try again in").is_visible()
    assert found + find_overflow(page) == []


def test_set_up_page_fits_every_width(browser: WatchedBrowser, bare_server: LiveServer) -> None:
    browser.expect("status of 503")
    link = bare_server.find_setup_link()
    assert link is not None
    page = browser.open(link)
    found = find_overflow(page)
    page.goto(f"{bare_server.url}/register")
    assert found + find_overflow(page) == []


def test_pages_of_the_signed_in_fit_every_width(console: Page, longest: Person) -> None:
    console.goto("/account")
    see_overview(console)
    found = find_overflow(console)
    for path in CONSOLE:
        console.goto(path)
        found += find_overflow(console)
    console.goto("/admin/accounts")
    console.get_by_role("link", name=longest.username).click()
    account = console.url
    found += find_overflow(console)
    for path in ("/lock", "/end-sessions"):
        console.goto(account + path)
        found += find_overflow(console)
    console.goto(account)
    press(console, "Make reset link")
    assert found + find_overflow(console) == []


@pytest.mark.parametrize("path", ["/login", "/account", "/admin/accounts"])
def test_page_stands_still_while_it_loads(
    browser: WatchedBrowser, administrator: Person, person: Person, path: str
) -> None:
    context = browser.open_context()
    if path != "/login":
        bring_in(context, person if path == "/account" else administrator)
    page = context.new_page()
    page.add_init_script(WATCH_SHIFTS)
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(path, wait_until="networkidle")
        if path == "/account":
            see_overview(page)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        shifts = page.evaluate("window.shifts")
        assert sum(value for value, _ in shifts) < MOST_SHIFT, (width, shifts)


def test_pages_are_light(console: Page) -> None:
    answers: list[Response] = []
    console.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - playwright marks what it calls
    for path in ("/account", "/admin/accounts", "/admin/audit", "/login", "/register"):
        if path == "/login":
            console.context.clear_cookies()
        answers.clear()
        console.goto(path, wait_until="networkidle")
        css = sum(len(each.body()) for each in answers if each.request.resource_type == "stylesheet")
        javascript = sum(len(each.body()) for each in answers if each.request.resource_type == "script")
        assert 5_000 < css < MOST_CSS, path
        assert 1_000 < javascript < MOST_JAVASCRIPT, path


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_chosen_theme_is_in_the_first_html(
    browser: WatchedBrowser, administrator: Person, theme: str
) -> None:
    page = browser.open("/login", color_scheme="light" if theme == "Dark" else "dark")
    press(page, theme)
    answer = page.goto("/forgot-password")
    assert answer is not None
    assert f'data-theme="{theme.lower()}"' in answer.text()
    lightness = page.evaluate("getComputedStyle(document.documentElement).colorScheme")
    assert lightness == theme.lower()


def test_theme_of_the_system_is_followed_when_none_is_chosen(
    browser: WatchedBrowser, administrator: Person
) -> None:
    page = browser.open("/login", color_scheme="dark")
    dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.emulate_media(color_scheme="light")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != dark
