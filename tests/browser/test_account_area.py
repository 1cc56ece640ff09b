"""The account area's views: by address, by link and by going back, whatever the server or the line does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.account_area import VIEWS
from tests.browser.looks import WATCH_SHIFTS, find_barriers, find_overflow
from tests.browser.people import bring_in, go_to_view, open_as, see_view
from tests.browser.secrets_hunt import SecretsHunt

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response, Route

    from tests.make import Person
    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer

MOST_CSS = 30_000
MOST_JAVASCRIPT = 40_000
MOST_SHIFT = 0.01


@pytest.fixture
def page(browser: WatchedBrowser, live_server: LiveServer, person: Person) -> Page:
    """The Overview, loaded."""
    page = open_as(browser, person, "/account")
    see_view(page, "Overview")
    return page


def check_still(page: Page) -> None:
    """Nothing moved that nobody touched."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    shifts = page.evaluate("window.shifts")
    assert sum(value for value, _ in shifts) < MOST_SHIFT, shifts


@pytest.mark.parametrize("name", VIEWS)
def test_view_is_light_still_and_in_reach_of_everybody(
    browser: WatchedBrowser, live_server: LiveServer, person: Person, name: str
) -> None:
    context = browser.open_context()
    hunt = SecretsHunt(context)
    bring_in(context, person)
    page = context.new_page()
    page.add_init_script(WATCH_SHIFTS)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - playwright marks what it calls
    page.goto(VIEWS[name], wait_until="networkidle")
    see_view(page, name)
    check_still(page)
    weights = {"stylesheet": 0, "script": 0}
    for answer in answers:
        if answer.request.resource_type in weights:
            weights[answer.request.resource_type] += len(answer.body())
    assert weights["stylesheet"] < MOST_CSS
    assert weights["script"] < MOST_JAVASCRIPT
    assert hunt.find(page) == []
    assert find_barriers(page) == []
    assert find_overflow(page) == []


def test_moving_between_views_loads_little_and_no_page(page: Page) -> None:
    page.evaluate("window.sameDocument = true")
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - playwright marks what it calls
    for name in (*list(VIEWS)[1:], "Overview"):
        answers.clear()
        go_to_view(page, name)
        see_view(page, name)
        page.wait_for_load_state("networkidle")
        scripts = [len(each.body()) for each in answers if each.request.resource_type == "script"]
        assert sum(scripts) < 6_000, name
        assert page.url.endswith(VIEWS[name])
        if name != "Overview":
            assert page.title().startswith(f"{name} · ")
            expect(page.get_by_role("heading", level=1)).to_have_text(name)
        expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert page.evaluate("window.sameDocument") is True


def test_back_and_forward_lead_through_the_views(page: Page) -> None:
    go_to_view(page, "Devices")
    go_to_view(page, "Token")
    page.go_back()
    see_view(page, "Devices")
    page.go_back()
    see_view(page, "Overview")
    page.go_forward()
    see_view(page, "Devices")
    page.reload()
    see_view(page, "Devices")


def test_next_step_leads_to_its_part_of_security(page: Page) -> None:
    primary = page.locator("#view .button-primary")
    expect(primary).to_have_count(1)
    expect(page.locator("#view .rows .row").first).to_contain_text("not verified yet")
    primary.click()
    see_view(page, "Security")
    expect(page.locator("#email")).to_be_focused()


def test_link_in_a_new_tab_stays_the_browsers(page: Page) -> None:
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Security").click(modifiers=["ControlOrMeta"])
    see_view(opened.value, "Security")
    see_view(page, "Overview")


def test_late_answer_of_a_view_that_was_left_is_not_shown(page: Page) -> None:
    held: list[Route] = []
    page.route("**/api/v2/activity", lambda route: held.append(route))  # noqa: PLW0108 - as above
    page.get_by_role("link", name="Activity").click()
    expect(page.locator("#view")).to_have_attribute("aria-busy", "true")
    go_to_view(page, "Token")
    held[0].continue_()
    page.unroute("**/api/v2/activity")
    see_view(page, "Token")
    expect(page.locator("#lifetime")).to_be_visible()


@pytest.mark.parametrize("name", VIEWS)
def test_failing_server_is_told_with_its_request_and_asked_again(
    browser: WatchedBrowser, live_server: LiveServer, person: Person, name: str
) -> None:
    browser.expect("status of 500")
    page = open_as(browser, person, "/login")
    body = '{"code": "internal_error", "detail": "Something failed here.", "request_id": "01JREQUEST"}'
    pattern = re.compile(r"/api/v2/(profile|sessions|activity|connections|protected)")
    page.route(pattern, lambda route: route.fulfill(status=500, body=body, content_type="application/json"))
    page.goto(VIEWS[name])
    expect(page.get_by_role("alert").get_by_text("Something failed here.")).to_be_visible()
    expect(page.get_by_text("Request 01JREQUEST")).to_be_visible()
    assert find_barriers(page) == []
    page.unroute(pattern)
    page.get_by_role("button", name="Try again").click()
    see_view(page, name)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_lost_line_is_told_and_the_view_comes_by_itself(browser: WatchedBrowser, page: Page) -> None:
    browser.expect("ERR_INTERNET_DISCONNECTED|Failed to fetch|failed request")
    go_to_view(page, "Devices")
    shown = page.get_by_role("heading", name="Where you are signed in")
    expect(shown).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline. What you see")).to_be_visible()
    expect(shown).to_be_visible()
    page.get_by_role("link", name="Token").click()
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    page.context.set_offline(False)
    see_view(page, "Token")
    expect(page.get_by_text("You are offline")).to_be_hidden()
    expect(page.locator("#lifetime")).to_be_visible()


def test_token_is_taken_apart_renewed_and_never_shown(page: Page) -> None:
    hunt = SecretsHunt(page.context)
    go_to_view(page, "Token")
    expect(page.locator("[data-slot=alg]")).to_have_text("ES256")
    expect(page.locator("[data-slot=left]")).to_have_text(
        re.compile(r"\d+ minutes? \d+ seconds?|\d+ minutes?")
    )
    before = page.locator("[data-slot=jti]").inner_text()
    page.get_by_role("button", name="Renew now").click()
    expect(page.get_by_text("The token is renewed.")).to_be_visible()
    expect(page.locator("[data-slot=jti]")).not_to_have_text(before)
    signature = hunt.access_tokens[-1].split(".")[2]
    expect(page.locator("[data-slot=start]")).to_have_text(signature[:8])
    expect(page.locator("[data-slot=rest]")).to_have_text(str(len(signature) - 8))
    assert hunt.find(page) == []
