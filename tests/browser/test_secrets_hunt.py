"""The hunt for secrets finds what a careless page would leave lying about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.secrets_hunt import SecretsHunt

if TYPE_CHECKING:
    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"
OPAQUE = "Zm9ydHktdGhyZWUgY2hhcmFjdGVycyBvZiBiYXNlNjQ"
PLACES = {
    "window": "window.session = { inner: { token: '!' } }",
    "storage": "localStorage.setItem('note', '!')",
    "tab storage": "sessionStorage.setItem('note', '!')",
    "database": "new Promise((done) => { indexedDB.open('tokens').onsuccess = done; })",
    "key database": """new Promise((done) => {
        const opening = indexedDB.open('latchkey');
        opening.onupgradeneeded = () => opening.result.createObjectStore('latchkey').put({ note: '!' }, 'note');
        opening.onsuccess = () => done(opening.result.close());
    })""",
    "text": "document.querySelector('h1').append('!')",
    "attribute": "document.body.dataset.token = '!'",
    "field": "document.querySelector('[name=username]').value = '!'",
    "address": "history.replaceState(null, '', '/login?token=!')",
    "history": "history.replaceState({ token: '!' }, '')",
    "cookie": "document.cookie = 'note=!'",
}


@pytest.mark.parametrize("secret", [JWT, OPAQUE], ids=["jwt", "opaque"])
def test_secret_left_in_a_page_is_found_wherever_it_lies(
    browser: WatchedBrowser, live_server: LiveServer, secret: str
) -> None:
    context = browser.open_context()
    hunt = SecretsHunt(context)
    page = context.new_page()
    page.goto("/login")
    found = hunt.find(page)
    assert found == []
    for place, leave in PLACES.items():
        before = found
        page.evaluate(leave.replace("!", secret))
        found = hunt.find(page)
        assert len(found) > len(before), place


def test_secret_in_an_address_asked_for_is_found(browser: WatchedBrowser, live_server: LiveServer) -> None:
    context = browser.open_context()
    hunt = SecretsHunt(context)
    page = context.new_page()
    page.goto("/login")
    assert hunt.find_in_addresses() == []
    page.goto(f"/login?token={OPAQUE}")
    assert hunt.find_in_addresses() != []
