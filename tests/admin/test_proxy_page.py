"""The proxy test: each request is told as what it counts, by which header, and what is to be set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.console import Console, open_console

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from tests.page_client import Page

PATH = "/admin/settings/proxy"
CHAIN = {
    "X-Forwarded-For": "6.6.6.6, 8.8.8.8, 10.0.0.2",
    "X-Forwarded-Proto": "https",
    "X-Real-IP": "6.6.6.6",
}


@pytest.fixture
def console(make_app: Callable[..., Flask]) -> Console:
    """Behind a proxy on this machine, and another before it."""
    return open_console(make_app(TRUSTED_PROXIES="127.0.0.1/32,10.0.0.0/24"))


def facts(page: Page) -> list[str]:
    return [each.text for each in page.find_all(".facts dd")]


def hops(page: Page) -> list[str]:
    table = page.get('section[aria-labelledby="way-heading"]')
    return [row.text for row in table.find_all("tbody tr")]


def test_trusted_chain_is_told_from_the_visitor_on(console: Console) -> None:
    page = console.pages.get(PATH, headers=CHAIN)
    assert facts(page)[0] == "8.8.8.8 · on the public internet, known from X-Forwarded-For"
    assert facts(page)[1] == "https · known from X-Forwarded-Proto"
    assert [each.split()[0] for each in hops(page)] == ["6.6.6.6", "8.8.8.8", "10.0.0.2", "127.0.0.1"]
    assert ["Only claimed" in each for each in hops(page)] == [True, False, False, False]
    assert page.get('[id="proxies.address"]').attributes["data-state"] == "done"
    fates = [row.text for row in page.find_all('section[aria-labelledby="headers-heading"] tbody tr')]
    assert fates[-1] == "X-Real-IP 6.6.6.6 Never read"


def test_headers_of_a_stranger_are_shown_as_not_believed(make_app: Callable[..., Flask]) -> None:
    pages = open_console(make_app()).pages
    hostile = "<script>alert(1)</script>, 8.8.8.8, " + "9" * 5_000
    page = pages.get(PATH, headers={"X-Forwarded-For": hostile, "X-Forwarded-Host": "evil.example"})
    assert facts(page)[0].startswith("127.0.0.1 · this machine itself, known from the connection itself")
    assert facts(page)[2] == "localhost · known from Host"
    assert "Not believed" in page.text
    assert "<script>alert" not in page.html
    assert "TRUSTED_PROXIES=127.0.0.1/32" in page.get('[id="proxies.address"]').text
    assert page.get("pre.example").text == "TRUSTED_PROXIES=127.0.0.1/32"
    # Without a word of a proxy, the visitor's own address is no advice.
    assert pages.get(PATH).get("pre.example").text == "TRUSTED_PROXIES=10.0.0.5/32"
    assert page.get('[id="proxies.address"]').attributes["data-state"] == "todo"


def test_request_past_the_proxy_and_a_silent_proxy_are_told(console: Console) -> None:
    silent = console.pages.get(PATH)
    assert "does not say for whom it asks" in silent.get('[id="proxies.address"]').text
    past = console.pages.get(PATH, environ_overrides={"REMOTE_ADDR": "8.8.4.4"})
    assert "came straight from 8.8.4.4, past the proxies" in past.get('[id="proxies.address"]').text


def test_visitor_is_sent_to_sign_in(console: Console) -> None:
    assert console.app.test_client().get(PATH).status_code == 303
