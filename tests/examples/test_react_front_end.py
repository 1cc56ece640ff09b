"""The React example in Chromium: on its own origin, signed in over a reload, with nothing in storage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.make import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.examples.conftest import Latchkey
    from tests.examples.running import Running
    from tests.servers.chromium import WatchedBrowser

pytestmark = [pytest.mark.curl, pytest.mark.browser, pytest.mark.node]
STORED = """async () => ({
    local: Object.entries(localStorage), session: Object.entries(sessionStorage),
    databases: await indexedDB.databases(), caches: await caches.keys(),
})"""


def sign_in(page: Page, password: str) -> None:
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_person_signs_in_sees_protected_data_reloads_and_signs_out(
    front_end: Running, browser: WatchedBrowser, latchkey: Latchkey
) -> None:
    page = browser.open()
    authorized: list[str] = []
    page.on("request", lambda request: authorized.append(request.headers.get("authorization", "")))
    # Nobody is signed in yet, and the first password is wrong: the browser tells of both refusals.
    browser.expect("status of 401")
    page.goto(front_end.url)
    sign_in(page, "not the password at all")
    page.get_by_role("alert").wait_for()
    sign_in(page, PASSWORD)
    page.get_by_text("You are ada.").wait_for()
    page.reload()
    page.get_by_text("You are ada.").wait_for()
    tokens = {each.removeprefix("Bearer ") for each in authorized if each}
    assert tokens
    content, kept = page.content(), page.evaluate(STORED)
    assert kept == {"local": [], "session": [], "databases": [], "caches": []}
    readable = page.evaluate("document.cookie + location.href + JSON.stringify(history.state)")
    assert not [token for token in tokens if token in content + readable]
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    page.reload()
    page.get_by_role("heading", name="Sign in").wait_for()


def test_origin_that_is_not_listed_reads_and_changes_nothing(
    browser: WatchedBrowser, latchkey: Latchkey
) -> None:
    page = browser.open()
    page.route("**/*", lambda route: route.fulfill(body="<!doctype html><title>x</title>", content_type="text/html")
               if route.request.is_navigation_request() else route.continue_())  # fmt: skip
    browser.expect("CORS policy|status of 4|ERR_FAILED")
    page.goto(f"http://localhost:{latchkey.front_end_port + 1}/")
    credentials = {"username": "ada", "password": PASSWORD}
    call = """([url, credentials]) => fetch(url, {method: "POST", credentials: "include", mode: "MODE",
        headers: {"Content-Type": "TYPE"}, body: JSON.stringify(credentials)}).then((answer) => answer.type, String)"""
    asked = call.replace("MODE", "cors").replace("TYPE", "application/json")
    assert "TypeError" in page.evaluate(asked, [f"{latchkey.url}/api/v1/login", credentials])
    unasked = call.replace("MODE", "no-cors").replace("TYPE", "text/plain")
    page.evaluate(unasked, [f"{latchkey.url}/api/v1/login", credentials])
    assert page.context.cookies(latchkey.url) == []
