"""An administrator finds somebody, locks and unlocks them, resets their second factors and exports what they found."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.account_area import set_up_app
from tests.browser.looks import find_barriers
from tests.browser.people import bring_in, lock_account, open_as, press

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.make import Person
    from tests.servers.chromium import WatchedBrowser


@pytest.fixture
def guarded(browser: WatchedBrowser, person: Person) -> Person:
    """Somebody with an authenticator app."""
    theirs = open_as(browser, person, "/account/security")
    set_up_app(theirs)
    theirs.context.close()
    return person


@pytest.mark.parametrize("scripted", [True, False], ids=["with-javascript", "without-javascript"])
def test_administrator_finds_locks_unlocks_resets_factors_and_exports(
    browser: WatchedBrowser, administrator: Person, guarded: Person, scripted: bool
) -> None:
    context = browser.open_context(java_script_enabled=scripted)
    bring_in(context, administrator)
    console = context.new_page()
    barriers: list[str] = []

    console.goto("/admin/accounts")
    console.get_by_label("Search").fill(guarded.username)
    press(console, "Apply")
    barriers += _look(console, "light", scripted)
    console.get_by_role("rowheader").get_by_role("link").click()
    expect(console.locator(".subtitle")).to_contain_text(guarded.email)

    lock_account(console, administrator, "Reported lost laptop")
    expect(console.get_by_role("status")).to_contain_text("is locked and signed out everywhere")
    expect(console.locator(".subtitle")).to_contain_text("Locked")
    barriers += _look(console, "dark", scripted)
    press(console, "Unlock account")
    expect(console.get_by_role("status")).to_contain_text("The account is unlocked.")
    expect(console.locator(".subtitle")).not_to_contain_text("Locked")

    console.get_by_role("link", name="Reset second factors").click()
    expect(console.get_by_role("heading", level=1)).to_contain_text("Reset the second factors")
    barriers += _look(console, "light", scripted)
    press(console, "Reset second factors")
    expect(console.get_by_role("link", name="Reset second factors")).to_have_count(0)
    expect(console.locator("#security")).to_contain_text("None")

    console.goto(f"/admin/accounts?q={guarded.username}")
    console.get_by_role("link", name="Export these").click()
    barriers += _look(console, "dark", scripted)
    with console.expect_download() as download:
        console.get_by_role("button", name="Export as CSV").click()
    with download.value.path().open(newline="", encoding="utf-8-sig") as file:
        assert [row["username"] for row in csv.DictReader(file)] == [guarded.username]
    assert barriers == []


def _look(page: Page, scheme: str, scripted: bool) -> list[str]:
    """What axe objects to, which is a script itself: the pages are the same without them."""
    return find_barriers(page, scheme) if scripted else []
