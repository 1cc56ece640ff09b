"""The Connections view: what a person may use, and a call that is tried out and written down."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.looks import find_barriers, find_overflow
from tests.browser.test_keyboard import tab_to
from tests.browser.trying_out import (
    open_connections,
    row_of,
    send,
    start_connections,
    text_of_answer,
    try_out,
)
from tests.connections.making import CANARY_KEY
from tests.servers.upstream_answers import reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.connections.live_calling import LiveCalling
    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer

FORECAST = b'{"place":"G\xc3\xa4lway","hours":[{"at":15,"degrees":11.5}]}'


@pytest.fixture(scope="module")
def calling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveCalling]:
    with start_connections(tmp_path_factory.mktemp("calling")) as calling:
        yield calling


@pytest.fixture
def live_server(calling: LiveCalling) -> LiveServer:
    return calling.server


@pytest.fixture
def page(browser: WatchedBrowser, live_server: LiveServer, calling: LiveCalling) -> Page:
    return open_connections(browser, calling)


def test_list_says_what_there_is_and_what_is_left_of_it(page: Page) -> None:
    expect(page.locator("#view h3 [id]")).to_have_text(["maps", "tides", "weather"])
    expect(page.get_by_text("Turned off").filter(visible=True)).to_have_count(1)
    expect(row_of(page, "weather")).to_contain_text("Forecasts for the plant")
    expect(row_of(page, "weather")).to_contain_text("1000 calls a day")
    expect(row_of(page, "maps").get_by_role("button")).to_have_count(0)


def test_call_is_made_as_it_was_written_out_but_for_the_key(page: Page, calling: LiveCalling) -> None:
    try_out(page, "weather", "/f\u00e4rben/a b:(c)@d,e;f=g+h$i&j*k!l'm~?day=1&name=\u00e4")
    page.get_by_label("Method").select_option("POST")
    page.get_by_label("x-unit").fill("celsius")
    page.get_by_label("Body").fill('{"hours": "\u00e4"}')
    written = page.get_by_role("region", name="The call as the server makes it").inner_text()
    expect(send(page)).to_have_text("Complete.")
    (sent,) = (each for each in calling.service.requests if each.path.startswith("/f%C3%A4rben"))
    head, _, body = written.partition("\n\n")
    first, *lines = head.split("\n")
    assert first == f"POST {calling.service.url}{sent.target}"
    shown = {
        name: value.replace("********", CANARY_KEY) for name, value in (line.split(": ", 1) for line in lines)
    }
    assert shown == {name.lower(): value for name, value in sent.headers}
    assert body == sent.body.decode()
    # The service sends all of it back.
    expect(text_of_answer(page)).to_contain_text("Bearer ****")
    assert CANARY_KEY not in page.content()


def test_answer_is_readable_and_leaves_its_trace(page: Page, calling: LiveCalling) -> None:
    calling.service.on("/v1/tides/galway", reply(FORECAST, ("Content-Type", "application/json")))
    try_out(page, "tides", "/tides/galway?day=1")
    expect(page.locator("[data-slot=written]")).to_contain_text("/v1/tides/galway?day=1&appid=********")
    expect(send(page)).to_have_text("Complete.")
    expect(text_of_answer(page)).to_have_text(
        '{\n  "place": "G\u00e4lway",\n  "hours": [\n    {\n      "at": 15,\n      "degrees": 11.5\n    }\n  ]\n}'
    )
    page.get_by_label("Show it as it came").check()
    expect(text_of_answer(page)).to_have_text(FORECAST.decode())
    expect(page.locator("[data-slot=status]")).to_have_text(re.compile("^200"))
    expect(page.locator("[data-slot=calls] .row")).to_contain_text("GET /tides/galway")
    expect(row_of(page, "tides")).to_contain_text("999 of 1000 calls left until")
    expect(page.locator("[data-slot=script]")).to_contain_text(
        '"/api/v1/connections/tides/tides/galway?day=1"'
    )
    assert find_barriers(page) == []
    assert find_overflow(page) == []


def test_path_that_a_browser_would_change_is_refused_beside_the_field(
    page: Page, calling: LiveCalling
) -> None:
    try_out(page, "weather", "/../../profile")
    calls: list[str] = []
    page.on("request", lambda request: calls.append(request.url))
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#trial-path-error")).to_have_text(
        "A path has no parts \u201c.\u201d or \u201c..\u201d."
    )
    expect(page.get_by_label("Path")).to_be_focused()
    assert [each for each in calls if "/api/" in each] == []


def test_call_is_tried_out_by_keyboard_alone(page: Page, calling: LiveCalling) -> None:
    calling.service.on("/keys", reply(b"by keyboard", ("Content-Type", "text/plain")))
    row_of(page, "tides").get_by_role("button").focus()
    tab_to(page, "Try it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Try weather")).to_be_focused()
    tab_to(page, "Path, and a query if there is one")
    page.keyboard.type("keys")
    page.keyboard.press("Enter")
    expect(text_of_answer(page)).to_have_text("by keyboard")
    tab_to(page, "Copy the answer")
    tab_to(page, "Close", back=True)
    page.keyboard.press("Enter")
    expect(row_of(page, "weather").get_by_role("button")).to_be_focused()
