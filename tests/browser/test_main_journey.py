"""A newcomer sets Latchkey up, another person signs in and works, the administrator locks them out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.looks import find_barriers
from tests.browser.people import (
    change_name,
    enter,
    fill_in_account,
    find_account,
    go_to_view,
    lock_account,
    password_of,
    press,
    see_overview,
)
from tests.browser.secrets_hunt import TOKEN_LIKE, SecretsHunt
from tests.make import OTHER_PASSWORD, PASSWORD, Person

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer

ADA = Person("", "ada", "ada@example.org", PASSWORD)
GRACE = Person("", "grace", "grace@example.net", OTHER_PASSWORD)


def check(page: Page, hunt: SecretsHunt) -> None:
    """The page shows nothing secret and keeps nobody out."""
    assert hunt.find(page) == []
    assert find_barriers(page) == []


@pytest.fixture(scope="module")
def live_server(bare_server: LiveServer) -> LiveServer:
    """Nobody has set it up yet."""
    return bare_server


@pytest.fixture
def ada(browser: WatchedBrowser, live_server: LiveServer) -> Page:
    """The newcomer, who opens the printed link and becomes the first administrator."""
    page = browser.open_context().new_page()
    link = live_server.find_setup_link()
    assert link is not None
    page.goto(link)
    assert find_barriers(page) == []
    fill_in_account(page, ADA)
    press(page, "Create administrator")
    page.wait_for_url("**/account")
    see_overview(page)
    return page


@pytest.mark.timeout(120)
def test_person_joins_works_signs_out_and_is_locked_out(browser: WatchedBrowser, ada: Page) -> None:
    context = browser.open_context()
    context.clock.install()
    hunt = SecretsHunt(context)
    grace = context.new_page()
    browser.expect(r"status of 401.*/api/v2/")

    _register(grace, hunt)
    grace.get_by_label("Username or email").fill(GRACE.username)
    password_of(grace).fill(GRACE.password)
    press(grace, "Sign in")
    grace.wait_for_url("**/account")
    see_overview(grace)
    _calls_the_api_with_a_token_in_memory(grace, hunt)
    _is_renewed_silently(grace, hunt)
    _stays_signed_in_over_a_reload(grace)
    _is_signed_out_in_every_tab(grace, hunt)

    enter(grace, GRACE)
    find_account(ada, GRACE)
    assert find_barriers(ada) == []
    lock_account(ada, ADA, "Reported lost laptop")
    expect(ada.get_by_role("status")).to_contain_text("Grace Hopper is locked and signed out everywhere.")
    assert find_barriers(ada) == []

    grace.get_by_role("link", name="Security").click()
    grace.wait_for_url("**/login?next=/account/security")
    expect(grace.get_by_text("because an administrator locked your account")).to_be_visible()
    check(grace, hunt)
    assert hunt.find_in_addresses() == []
    _is_told_at_the_door(browser, grace)


def _register(page: Page, hunt: SecretsHunt) -> None:
    page.goto("/")
    check(page, hunt)
    page.get_by_role("link", name="Create one").click()
    fill_in_account(page, GRACE)
    check(page, hunt)
    press(page, "Create account")
    page.wait_for_url("**/login")
    expect(page.get_by_role("status").first).to_contain_text("Your account grace is ready.")
    check(page, hunt)


def _calls_the_api_with_a_token_in_memory(page: Page, hunt: SecretsHunt) -> None:
    go_to_view(page, "Token")
    expect(page.locator("[data-slot=message]")).to_contain_text(re.compile("grace", re.IGNORECASE))
    assert TOKEN_LIKE.match(hunt.token_sent_to("/api/v2/protected"))
    check(page, hunt)


def _is_renewed_silently(page: Page, hunt: SecretsHunt) -> None:
    """A few minutes before the token ends, without a click; the next call carries the new one.

    The page's clock runs away from the server's here, so the first proof is refused and the second goes by the answer.
    """
    before = hunt.access_tokens
    with page.expect_response(lambda answer: answer.url.endswith("/api/v2/refresh") and answer.ok):
        page.clock.fast_forward("59:30")
    change_name(page, "Grace Hopper")
    expect(page.get_by_text("Your name is saved.")).to_be_visible()
    assert hunt.token_sent_to("/api/v2/profile") not in before
    check(page, hunt)


def _stays_signed_in_over_a_reload(page: Page) -> None:
    page.reload()
    expect(page.locator("[data-slot=display_name]").first).to_have_text("Grace Hopper")
    go_to_view(page, "Overview")
    see_overview(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Grace Hopper")


def _is_signed_out_in_every_tab(page: Page, hunt: SecretsHunt) -> None:
    second = page.context.new_page()
    second.goto("/account")
    see_overview(second)
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/login")
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    second.wait_for_url("**/login?next=/account")
    check(page, hunt)
    assert [cookie["name"] for cookie in page.context.cookies() if "refresh" in cookie["name"]] == []
    second.close()


def _is_told_at_the_door(browser: WatchedBrowser, page: Page) -> None:
    browser.expect(r"status of 403.*/login")
    page.get_by_label("Username or email").fill(GRACE.username)
    password_of(page).fill(GRACE.password)
    press(page, "Sign in")
    expect(page.get_by_role("alert")).to_contain_text("This account is locked.")
    assert find_barriers(page) == []
