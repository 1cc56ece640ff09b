"""A browser that lost what renews its sign-in, while its pages still know who it is: one password, no loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.people import enter, password_of, press, see_overview
from webapp.web.cookies import REFRESH

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.make import Person
    from tests.servers.chromium import WatchedBrowser

DELETE_KEYS = """
async () => {
  for (const { name } of await indexedDB.databases()) {
    await new Promise((done) => {
      const request = indexedDB.deleteDatabase(name);
      request.onsuccess = request.onblocked = done;
    });
  }
}
"""


def lose_cookie(page: Page) -> None:
    page.context.clear_cookies(name=REFRESH)


def lose_key(page: Page) -> None:
    """From a page that keeps no database open."""
    page.goto("/login?confirm=1")
    page.evaluate(DELETE_KEYS)
    page.goto("/account")


@pytest.mark.parametrize("lose", [lose_cookie, lose_key], ids=["refresh cookie", "key"])
def test_person_confirms_and_goes_on_in_the_same_session(
    browser: WatchedBrowser, person: Person, lose: object
) -> None:
    browser.expect("status of 401")
    page = enter(browser.open(), person)
    assert callable(lose)
    lose(page)
    page.reload()
    expect(page.get_by_role("heading", name="Confirm it is you")).to_be_visible()
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button").click()
    expect(page.locator(".subtitle")).to_have_text(f"Signed in as {person.username}")
    password_of(page).fill(person.password)
    press(page, "Confirm")
    see_overview(page)
    expect(page.locator("[data-slot=sessions] > li")).to_have_count(1)
