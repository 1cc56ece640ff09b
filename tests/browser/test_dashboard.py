"""The dashboard in a browser: accessible in both schemes, within its width, and its data at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.looks import find_barriers, find_overflow
from tests.browser.people import open_as

if TYPE_CHECKING:
    from tests.make import Person
    from tests.servers.chromium import WatchedBrowser


def test_dashboard_is_accessible_fits_every_width_and_shows_its_data(
    browser: WatchedBrowser, administrator: Person
) -> None:
    page = open_as(browser, administrator, "/admin")
    chart = page.get_by_role("img", name="Sign-ins of the last 14 days")
    expect(chart).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 800})
    # As large as it is meant, however narrow the chart.
    assert chart.locator("text").first.evaluate("each => each.getBoundingClientRect().height") > 10
    summary = page.locator("summary", has_text="Show data").first
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("table", name="Sign-ins of the last 14 days")).to_be_visible()
    assert find_barriers(page) + find_overflow(page) == []
