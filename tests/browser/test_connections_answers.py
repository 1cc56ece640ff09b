"""The Connections view follows an answer as it arrives, and tells how it ended and who said so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.people import go_to_view
from tests.browser.trying_out import open_connections, send, start_connections, text_of_answer, try_out
from tests.servers.upstream_answers import in_turn, raw, redirect, reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page, Route

    from tests.connections.live_calling import LiveCalling
    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer

# Much longer than a page shows.
LONG = b"All work and no play. " * 20_000


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


def test_stream_is_shown_piece_by_piece_until_it_is_stopped(page: Page, calling: LiveCalling) -> None:
    first, second = b'data: {"n": 1}\n\n', b"event: level\ndata: high\n\n"
    calling.service.on("/stream", in_turn(first, second, ends=False))
    try_out(page, "weather", "/stream")
    outcome = send(page)
    calling.service.let_go_on()
    expect(text_of_answer(page)).to_have_text(re.compile(r'^\d\d:\d\d:\d\d message\s+{\s+"n": 1\s+}\s*$'))
    expect(outcome).to_have_text("Receiving.")
    calling.service.let_go_on()
    expect(text_of_answer(page)).to_have_text(re.compile(r"\d\d:\d\d:\d\d level\s+high\s*$"))
    page.get_by_role("button", name="Stop").click()
    expect(outcome).to_have_text("You stopped it.")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_focused()


def test_refusal_of_ours_is_told_from_one_of_the_service(
    browser: WatchedBrowser, page: Page, calling: LiveCalling
) -> None:
    browser.expect("status of 403")
    calling.service.on("/v1/level", reply(b"not for you", ("Content-Type", "text/plain"), status=403))
    try_out(page, "tides", "/level")
    expect(send(page)).to_have_text("Complete.")
    expect(text_of_answer(page)).to_have_text("not for you")
    expect(page.locator("[data-slot=status]")).to_have_text(re.compile("^403"))
    page.get_by_label("Path").fill("/elsewhere")
    expect(page.get_by_text("It would not be made")).to_be_visible()
    expect(send(page)).to_have_text(
        "Refused by this server. This connection does not allow that method and path."
    )
    expect(page.get_by_text("Choose a method and a path that are listed above.")).to_be_visible()
    expect(text_of_answer(page)).to_be_hidden()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            raw(b"HTTP/1.1 200 Fine\r\nContent-Length: 100\r\n\r\nhalf"),
            "The call ended early: 200, service broke off.",
        ),
        (
            redirect("http://127.0.0.1/"),
            "Complete. It redirects, which is not followed. It is no text, and not shown.",
        ),
        (reply(b"\x00\x01", ("Content-Type", "image/png")), "Complete. It is no text, and not shown."),
        (reply(LONG, ("Content-Type", "text/plain")), "Complete. Only its beginning is shown."),
    ],
    ids=["broken off", "redirect", "picture", "long"],
)
def test_answer_that_is_not_as_usual_is_told_of(
    browser: WatchedBrowser, page: Page, calling: LiveCalling, answer: object, told: str
) -> None:
    browser.expect("ERR_|Failed to fetch|network error")
    calling.service.on("/odd", answer)  # type: ignore[arg-type]
    try_out(page, "weather", "/odd")
    expect(send(page)).to_have_text(told)
    assert len(page.locator("[data-slot=text]").inner_text()) <= 200_000


def test_redirect_that_a_browser_keeps_to_itself_is_told_from_what_was_noted(
    browser: WatchedBrowser, page: Page, calling: LiveCalling
) -> None:
    browser.expect("ERR_FAILED|Failed to fetch")
    calling.service.on("/moved", redirect("http://127.0.0.1/"))

    def keep_back(route: Route) -> None:
        assert route.fetch(max_redirects=0).status == 302
        route.abort()

    page.route("**/connections/weather/moved", keep_back)
    try_out(page, "weather", "/moved")
    expect(send(page)).to_have_text("The service answered 302: it redirects, which is not followed.")


def test_view_that_is_left_ends_its_call(page: Page, calling: LiveCalling) -> None:
    calling.service.on("/left", in_turn(b"data: 1\n\n", ends=False))
    try_out(page, "weather", "/left")
    send(page)
    calling.service.let_go_on()
    expect(text_of_answer(page)).to_be_visible()
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/left")):
        go_to_view(page, "Token")
