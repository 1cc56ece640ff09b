"""A window with twenty tabs is restored over a bad network while the server dies: every tab comes back signed in."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.people import sign_in
from tests.make import set_up_live
from tests.servers.flaky_proxy import Fate, FlakyProxy, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Page

    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer

TABS = 20
LOST_ANSWERS = r"(Failed to load resource|failed request).*/api/v\d/refresh"
MANY = {"LIMIT_REFRESH_PER_SESSION": "10000/m", "LIMIT_PER_ADDRESS": "100000/m"}
# The very answer that brings the first new cookie is lost, and one tab waits for its answer until it gives up.
WORST_FIRST = (Fate("cut"), Fate("late", 1.5), Fate("never"), Fate("late", 0.2))


@pytest.fixture
def proxy(request: pytest.FixtureRequest) -> Iterator[FlakyProxy]:
    proxy = FlakyProxy()
    yield proxy
    proxy.stop()
    request.node.add_report_section("teardown", "refreshes", proxy.story())


@pytest.fixture
def server(start_server: Callable[..., LiveServer], proxy: FlakyProxy) -> LiveServer:
    """A server that people reach through the proxy."""
    server = start_server(PUBLIC_URL=proxy.url, **MANY)
    proxy.upstream_port = server.port
    return server


def restore(context: BrowserContext, address: str, tabs: int = TABS) -> list[Page]:
    """Open so many tabs of the account at once, as a browser does when it starts with its last window."""
    pages = [context.new_page() for _ in range(tabs)]
    for page in pages:
        page.evaluate(f"setTimeout(() => {{ location.href = '{address}' }})")
    return pages


def check_every_tab_shows_the_account(pages: list[Page]) -> None:
    for page in pages:
        expect(page.get_by_role("heading", name="Where you are signed in")).to_be_visible(timeout=60_000)
        # What only the API tells, and only to who is signed in.
        expect(page.get_by_text("This device", exact=True)).to_be_visible()
        expect(page.locator("#view")).to_have_attribute("aria-busy", "false")


def check_one_session_and_one_chain(server: LiveServer) -> int:
    """The chain's newest number."""
    with closing(sqlite3.connect(server.folder / "instance" / "latchkey.db")) as database:
        sessions = database.execute("SELECT counter, received, ended_at FROM sessions").fetchall()
        names = {name for (name,) in database.execute("SELECT name FROM audit_events")}
    assert len(sessions) == 1
    counter, received, ended_at = sessions[0]
    assert ended_at is None
    assert received <= counter
    assert not names & {"session.ended", "refresh_token.reused"}
    return int(counter)


@pytest.mark.timeout(150)
def test_twenty_restored_tabs_over_a_bad_network_and_a_killed_server_are_all_signed_in(
    browser: WatchedBrowser, server: LiveServer, proxy: FlakyProxy
) -> None:
    browser.expect(LOST_ANSWERS)
    ada = set_up_live(server)
    context = browser.open_context(base_url=proxy.url)
    console = context.new_page()
    sign_in(console, ada, "/admin/accounts")
    proxy.trouble = Trouble(seed=1, most=30, first=WORST_FIRST)
    tabs = restore(context, f"{proxy.url}/account")
    proxy.await_refreshes(4)
    server.kill()
    server.start()
    check_every_tab_shows_the_account(tabs)
    assert proxy.fates() == {"passed", "late", "cut", "never"}
    assert proxy.delivered_out_of_order()
    assert check_one_session_and_one_chain(server) >= 2


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_window_is_restored_again_and_again_while_the_chain_moves(
    browser: WatchedBrowser, start_server: Callable[..., LiveServer], proxy: FlakyProxy, seed: int
) -> None:
    """Answers are late by less than the deadline, which is short here, so that the chain moves in each round."""
    browser.expect(LOST_ANSWERS)
    # A busy machine outlives tokens of fifteen seconds; the page then renews and asks again.
    browser.expect(r"status of 401 .*/api/v\d/")
    short = {"REFRESH_OVERLAP": "4", "REFRESH_DEADLINE": "2", "ACCESS_TOKEN_LIFETIME": "15"}
    server = start_server(PUBLIC_URL=proxy.url, **MANY, **short)
    proxy.upstream_port = server.port
    ada = set_up_live(server)
    context = browser.open_context(base_url=proxy.url)
    sign_in(context.new_page(), ada, "/admin/accounts")
    tabs = restore(context, f"{proxy.url}/account")
    for round_number in range(4):
        proxy.trouble = Trouble(seed=100 * seed + round_number, most=40, latest=1.0)
        proxy.await_refreshes(proxy.served() + 5)
        server.kill()
        server.start()
        check_every_tab_shows_the_account(tabs)
        for page in tabs:
            page.evaluate("setTimeout(() => location.reload())")
    check_every_tab_shows_the_account(tabs)
    assert check_one_session_and_one_chain(server) >= 4
