"""The API reference in a browser: found as one types, and called with the reader's own token, which is never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.looks import WATCH_SHIFTS, find_barriers, find_overflow
from tests.browser.people import bring_in
from tests.browser.secrets_hunt import SecretsHunt

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

    from tests.make import Person
    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer

MOST_CSS = 30_000
MOST_JAVASCRIPT = 40_000
MOST_SHIFT = 0.01


def check_stillness(page: Page) -> None:
    """Nothing has moved by itself."""
    shifts = page.evaluate("window.shifts")
    assert sum(value for value, _ in shifts) < MOST_SHIFT, shifts


def check_looks(page: Page) -> None:
    """Nothing bars anybody, nothing is wider than the window."""
    assert find_barriers(page) == []
    assert find_overflow(page) == []
    page.set_viewport_size({"width": 1280, "height": 800})


def test_reader_finds_a_call_and_makes_it(
    browser: WatchedBrowser, live_server: LiveServer, person: Person
) -> None:
    browser.expect("status of (401|422)")
    context = browser.open_context()
    hunt = SecretsHunt(context)
    bring_in(context, person)
    page = context.new_page()
    page.add_init_script(WATCH_SHIFTS)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - playwright marks what it calls
    page.goto("/guide/api", wait_until="networkidle")
    check_stillness(page)
    check_looks(page)
    page.get_by_label("Find a call").fill("patch display_name")
    expect(page.locator("#found")).to_have_text("1 call found.")
    answers.clear()
    page.locator("li:visible h3 a").click()
    page.wait_for_load_state("networkidle")
    check_stillness(page)
    call = page.locator("#profile-change-profile")
    call.get_by_text("Try it").click()
    call.get_by_label("Body", exact=True).fill('{"display_name": "Grace\'s"}')
    expect(call.locator("pre.command")).to_contain_text("""--data-raw '{"display_name": "Grace'\\''s"}'""")
    call.get_by_role("button").click()
    # Nobody ticked that it is meant.
    expect(call.locator("[data-slot=answer]")).to_be_empty()
    call.get_by_label("Do it").check()
    call.get_by_role("button").click()
    expect(call.locator("[data-slot=answer]")).to_contain_text("PATCH /api/v2/profile")
    expect(call.locator(".answered")).to_contain_text('"display_name": "Grace\'s"')
    expect(call.get_by_role("status").locator("pre")).to_have_count(0)
    call.get_by_label("Body", exact=True).fill('{"display_name": 7}')
    call.get_by_role("button").click()
    expect(call.locator("[data-slot=answer]")).to_contain_text("422 invalid_input")
    check_looks(page)
    assert hunt.find(page) == []
    sent = [answer for answer in answers if answer.request.resource_type in {"stylesheet", "script"}]
    css = sum(len(each.body()) for each in sent if each.request.resource_type == "stylesheet")
    assert css < MOST_CSS
    assert 10_000 < sum(len(each.body()) for each in sent) - css < MOST_JAVASCRIPT


def test_query_parameters_are_fields_and_go_along_as_they_are_typed(
    browser: WatchedBrowser, live_server: LiveServer, person: Person
) -> None:
    context = browser.open_context()
    bring_in(context, person)
    page = context.new_page()
    page.goto("/guide/api", wait_until="networkidle")
    page.get_by_label("Find a call").fill("get activity cursor")
    page.locator("li:visible h3 a").click()
    page.wait_for_load_state("networkidle")
    call = page.locator("section", has=page.get_by_text("Query parameters")).first
    call.get_by_text("Try it").click()
    call.get_by_label("cursor").fill(" a&b ü ")
    expect(call.locator("pre.command")).to_contain_text("/api/v1/activity?cursor=a%26b+%C3%BC'")
    with page.expect_response("**/api/v2/activity?cursor=a%26b+%C3%BC") as answer:
        call.get_by_role("button").click()
    assert answer.value.ok
    expect(call.locator("[data-slot=answer]")).to_contain_text("GET /api/v2/activity?cursor=a%26b+%C3%BC")
    call.get_by_label("cursor").fill("")
    expect(call.locator("pre.command")).to_contain_text("/api/v1/activity'")
    check_looks(page)


def test_reader_whose_sign_in_is_over_is_told_and_nothing_is_sent(
    browser: WatchedBrowser, live_server: LiveServer, person: Person
) -> None:
    browser.expect("status of 401")
    context = browser.open_context()
    bring_in(context, person)
    page = context.new_page()
    page.goto("/guide/api/sessions")
    call = page.locator("#sessions-list-sessions")
    call.get_by_text("Try it").click()
    context.clear_cookies()
    call.get_by_role("button").click()
    expect(call.locator("[data-slot=answer]")).to_contain_text("could not be renewed in this browser")


def test_reference_reads_well_without_javascript(
    browser: WatchedBrowser, live_server: LiveServer, person: Person
) -> None:
    context = browser.open_context(java_script_enabled=False)
    bring_in(context, person)
    page = context.new_page()
    page.goto("/guide/api?version=v2")
    page.get_by_label("Find a call").fill("not-me")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("li[data-words]:visible")).to_have_count(1)
    page.locator("li:visible h3 a").click()
    call = page.locator("#activity-send-not-me")
    call.get_by_text("Try it").click()
    expect(call.locator("pre.command")).to_contain_text("DPoP: $PROOF")
    expect(call.get_by_text("needs JavaScript")).to_be_visible()
    expect(call.get_by_role("button")).to_have_count(0)
