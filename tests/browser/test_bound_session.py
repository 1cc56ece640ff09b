"""A session that is bound to the browser's key: cookies alone do not carry it elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.people import bring_in, go_to_view, open_as, password_of, press, see_overview
from tests.browser.secrets_hunt import SecretsHunt

if TYPE_CHECKING:
    from tests.make import Person
    from tests.servers.chromium import WatchedBrowser

LOSE_THE_KEY = """() => new Promise((done, fail) => {
    const losing = indexedDB.deleteDatabase("latchkey");
    losing.onsuccess = done;
    losing.onerror = losing.onblocked = fail;
})"""
# As four tabs would that start at once.
TAKE_KEYS = """async () => {
    const { browserKeys } = await import(document.scripts[0].src.replace("account/shell", "auth-client/proof-key"));
    const taken = await Promise.all([1, 2, 3, 4].map(() => browserKeys.take(null)));
    return Promise.all(taken.map(async ({ publicKey }) => (await crypto.subtle.exportKey("jwk", publicKey)).x));
}"""


def test_copied_cookies_renew_nothing_and_the_owner_goes_on(browser: WatchedBrowser, person: Person) -> None:
    browser.expect("status of 401.*/refresh")
    context = browser.open_context()
    hunt = SecretsHunt(context)
    bring_in(context, person)
    owner = context.new_page()
    owner.goto("/account/token")
    expect(owner.get_by_text("Bound to this browser")).to_be_visible()
    assert hunt.find(owner) == []

    elsewhere = browser.open_context()
    elsewhere.add_cookies(context.cookies())  # type: ignore[arg-type]
    thief = elsewhere.new_page()
    thief.goto("/account")
    expect(thief.get_by_role("heading", name="Confirm it is you")).to_be_visible()
    expect(thief.locator("#view")).not_to_contain_text(person.email)

    owner.reload()
    expect(owner.get_by_text("Bound to this browser")).to_be_visible()


def test_lost_key_asks_for_the_password_once(browser: WatchedBrowser, person: Person) -> None:
    browser.expect("status of 401.*/refresh")
    page = open_as(browser, person, "/account")
    see_overview(page)
    page.evaluate(LOSE_THE_KEY)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.reload()
    expect(page.get_by_role("heading", name="Confirm it is you")).to_be_visible()
    assert len([url for url in sent if url.endswith("/refresh")]) == 6
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/login?next=/account&confirm=1")
    password_of(page).fill(person.password)
    press(page, "Confirm")
    see_overview(page)
    go_to_view(page, "Token")
    expect(page.get_by_text("Bound to this browser")).to_be_visible()


def test_key_is_one_for_all_who_ask_at_once_and_gone_with_the_sign_out(
    browser: WatchedBrowser, person: Person
) -> None:
    page = open_as(browser, person, "/account")
    see_overview(page)
    before = page.evaluate(TAKE_KEYS)
    page.evaluate(LOSE_THE_KEY)
    after = page.evaluate(TAKE_KEYS)
    assert [len(set(before)), len(set(after)), len({*before, *after})] == [1, 1, 2]
    press(page, "Sign out")
    assert page.evaluate("indexedDB.databases()") == []
