"""The guide in a browser: the reader's own token in place of the sample, and calls that really go to the server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.looks import WATCH_SHIFTS, find_barriers, find_overflow
from tests.browser.people import bring_in
from tests.browser.secrets_hunt import SecretsHunt
from webapp.guide.chapters import CHAPTERS

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

    from tests.make import Person
    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer

MOST_CSS = 30_000
MOST_JAVASCRIPT = 40_000
MOST_SHIFT = 0.01
# Between them they have every kind of part: tokens, a form, tables, pictures of either make, code.
LOOKED_AT = ("access-tokens", "refresh", "your-service")
# What the button leads to, with somebody signed in whose session is bound.
OUTCOMES = {
    "sessions": "200",
    "protected": "200",
    "missing": "401 token_missing",
    "forged": "401 invalid_token",
    "renew": "200",
    "seen": "__Host-csrf_refresh_token",
    "csrf": "403 csrf_failed",
    "keys": "Yours",
    "unproven": "still signed in",
    "verify": "204",
    "scope": "403 insufficient_scope",
    "connections": "200",
    "metadata": "/.well-known/jwks.json",
}


def press_everything(page: Page) -> set[str]:
    """Each thing to try, and what came back; the names of those that were there."""
    names = set()
    for button in page.locator("[data-try]").all():
        name = button.get_attribute("data-try") or ""
        button.click()
        expect(page.locator(f"[data-outcome={name}]")).to_contain_text(OUTCOMES[name])
        names.add(name)
    return names


def test_reader_sees_their_own_token_and_tries_everything(
    browser: WatchedBrowser, live_server: LiveServer, person: Person
) -> None:
    browser.expect("status of (401|403)")
    context = browser.open_context()
    hunt = SecretsHunt(context)
    bring_in(context, person)
    page = context.new_page()
    page.add_init_script(WATCH_SHIFTS)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - playwright marks what it calls
    tried = set()
    for chapter in CHAPTERS:
        answers.clear()
        page.goto(chapter.path)
        if page.locator("[data-whose]").count():
            expect(page.locator("[data-whose]").first).to_have_text("Yours")
        shifts = page.evaluate("window.shifts")
        assert sum(value for value, _ in shifts) < MOST_SHIFT, (chapter.name, shifts)
        found = press_everything(page)
        if chapter.name in LOOKED_AT:
            assert find_barriers(page) == []
            assert find_overflow(page) == []
        tried |= found
        sent = [answer for answer in answers if answer.request.resource_type in {"stylesheet", "script"}]
        css = sum(len(each.body()) for each in sent if each.request.resource_type == "stylesheet")
        assert css < MOST_CSS, chapter.name
        assert sum(len(each.body()) for each in sent) - css < MOST_JAVASCRIPT, chapter.name
        assert hunt.find(page) == []
    assert tried == OUTCOMES.keys()


def test_countdown_and_counter_follow_a_renewal(
    browser: WatchedBrowser, live_server: LiveServer, person: Person
) -> None:
    context = browser.open_context()
    bring_in(context, person)
    page = context.new_page()
    page.goto("/guide/access-tokens")
    expect(page.locator("[data-slot=left]")).to_have_text(re.compile(r"^5\d minutes( \d+ seconds?)?$"))
    page.goto("/guide/refresh")
    expect(page.locator("[data-whose]")).to_have_text("Yours")
    number = page.locator("[data-value=jti]").inner_text()
    page.get_by_role("button", name="Renew now").click()
    expect(page.locator("[data-outcome=renew]")).to_contain_text("the same refresh token")
    expect(page.locator("[data-value=jti]")).not_to_have_text(number)


def test_sign_out_elsewhere_puts_the_sample_back(
    browser: WatchedBrowser, live_server: LiveServer, person: Person
) -> None:
    context = browser.open_context()
    bring_in(context, person)
    page, other = context.new_page(), context.new_page()
    page.goto("/guide/keys")
    expect(page.locator("[data-whose]")).to_have_text("Yours")
    other.goto("/guide/keys")
    expect(other.locator("[data-whose]")).to_have_text("Yours")
    with other.expect_navigation():
        other.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in", exact=True).first).to_be_visible()
    expect(page.locator("[data-whose]")).to_have_text("Sample")


def test_guide_reads_well_without_javascript(
    browser: WatchedBrowser, live_server: LiveServer, administrator: Person
) -> None:
    page = browser.open("/guide/refresh", java_script_enabled=False)
    expect(page.get_by_role("button", name="Renew now")).to_have_count(0)
    page.get_by_label("Seconds since the last swap").fill("200")
    page.get_by_label("The token that is shown").select_option("old")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".verdict")).to_contain_text("refresh_token_reused")
    page.goto("/guide/keys")
    expect(page.get_by_role("button", name="Fetch")).to_have_count(0)
    expect(page.get_by_text("needs JavaScript")).to_be_visible()
