"""One browser, several tabs and several people: nobody sees what is another's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.people import (
    enter,
    go_to_view,
    press,
    register_by_api,
    see_overview,
    sign_in,
    sign_in_instead,
)

if TYPE_CHECKING:
    from tests.make import Person
    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer


def test_going_back_after_signing_out_shows_nothing_personal(browser: WatchedBrowser, person: Person) -> None:
    page = enter(browser.open(), person)
    press(page, "Sign out")
    page.go_back()
    page.wait_for_url(re.compile(r"/login"))
    expect(page.locator("body")).not_to_contain_text(person.email)


def test_going_back_to_the_console_after_signing_out_shows_no_accounts(
    browser: WatchedBrowser, administrator: Person, person: Person
) -> None:
    page = browser.open()
    sign_in(page, administrator, "/admin/accounts")
    expect(page.get_by_role("link", name=person.username)).to_be_visible()
    press(page, "Sign out")
    page.go_back()
    page.wait_for_url(re.compile(r"/login"))
    expect(page.locator("body")).not_to_contain_text(person.email)


def test_tab_of_one_person_never_acts_as_the_person_who_signed_in_beside_it(
    browser: WatchedBrowser, live_server: LiveServer, person: Person
) -> None:
    other = register_by_api(live_server, f"{person.username}-sister")
    first = enter(browser.open(), person)
    go_to_view(first, "Security")
    first.get_by_role("button", name="Change name").click()
    second = first.context.new_page()
    sign_in_instead(second, other)
    see_overview(second)
    first.get_by_label("Display name").fill("Not my name")
    first.get_by_role("button", name="Save name").click()
    expect(first.locator(".who-name")).to_have_text(other.username)
    expect(first.locator("#view")).not_to_contain_text(person.email)
    expect(first.locator("[data-slot=display_name]").first).to_have_text(other.username)


def test_form_of_a_tab_left_behind_is_refused_and_explained(
    browser: WatchedBrowser, administrator: Person, person: Person
) -> None:
    """The console's page of one sign-in cannot act in the next."""
    browser.expect("status of 400")
    first = browser.open()
    sign_in(first, administrator, "/admin/accounts")
    first.get_by_role("link", name=person.username).click()
    second = first.context.new_page()
    sign_in_instead(second, administrator)
    see_overview(second)
    press(first, "Save name")
    expect(first.locator("body")).to_contain_text("reload the page and send it again")


def test_two_tabs_renew_side_by_side_and_both_stay_signed_in(browser: WatchedBrowser, person: Person) -> None:
    # The pages' clocks run away from the server's here: their first proofs are refused, the second go by the answers.
    browser.expect("status of 401.*/refresh")
    context = browser.open_context()
    context.clock.install()
    first = enter(context.new_page(), person)
    second = context.new_page()
    second.goto("/account")
    see_overview(second)
    with context.expect_event("response", lambda answer: answer.url.endswith("/refresh") and answer.ok):
        context.clock.fast_forward("59:30")
    for page in (first, second):
        page.reload()
        see_overview(page)
