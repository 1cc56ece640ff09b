"""The Connections view at work: a running server with connections to one service, and what people do on the page."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.people import open_as, see_view
from tests.connections.live_calling import start_live_calling
from tests.connections.making import make_connection
from tests.make import make_account

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from tests.connections.live_calling import LiveCalling
    from tests.servers.chromium import WatchedBrowser


@contextmanager
def start_connections(folder: Path) -> Iterator[LiveCalling]:
    """`weather` and `tides` may be used, `maps` is turned off; one service stands behind all of them."""
    words = {"request_headers": ("x-unit",), "answer_headers": ("x-rate-left",)}
    with start_live_calling(folder, **words) as calling:
        url = calling.service.url
        make_connection(calling.app, name="maps", base_url=url, is_enabled=False)
        make_connection(
            calling.app,
            name="tides",
            base_url=f"{url}/v1",
            auth_kind="query",
            auth_name="appid",
            paths=("/tides/*", "/level"),
        )
        yield calling


def open_connections(browser: WatchedBrowser, calling: LiveCalling) -> Page:
    """The view as somebody sees it who has made no call yet."""
    page = open_as(browser, make_account(calling.app), "/account/connections")
    see_view(page, "Connections")
    return page


def row_of(page: Page, name: str) -> Locator:
    return page.locator(f"[data-id={name}]")


def try_out(page: Page, name: str, path: str) -> None:
    """Open the trial of a connection, and fill in the path."""
    row_of(page, name).get_by_role("button", name="Try it").click()
    expect(page.get_by_role("heading", name=f"Try {name}")).to_be_focused()
    page.get_by_label("Path").fill(path)


def send(page: Page) -> Locator:
    """Press Send; what is told of the answer from then on."""
    page.get_by_role("button", name="Send", exact=True).click()
    return page.locator("[data-slot=outcome]")


def text_of_answer(page: Page) -> Locator:
    return page.get_by_role("region", name="Text of the answer")
