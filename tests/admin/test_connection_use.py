"""Administrators see what a connection is used for, by day, by person and call by call, and never what was said."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.admin.console import call, enter, open_console
from tests.connections.making import CANARY_KEY
from tests.connections.use_world import connect, use
from tests.make import make_account
from webapp.connections.use_lists import CALLS_SHOWN, PEOPLE_SHOWN
from webapp.core import clock

if TYPE_CHECKING:
    from flask import Flask

    from tests.connections.making import Made
    from tests.page_client import Page

# Ahead of the keys that the application makes at its start.
TODAY = (
    (clock.now() + timedelta(days=40)).astimezone(UTC).replace(hour=10, minute=30, second=0, microsecond=0)
)


@pytest.fixture
def connection(app: Flask) -> Made:
    return connect(app)


def path_of(connection: Made, rest: str = "") -> str:
    return f"/admin/connections/{connection.id}/use{rest}"


def tile(page: Page, label: str) -> str:
    """What stands under a label, number and note."""
    return next(each.get("dd").text for each in page.find_all(".tile") if each.get("dt").text == label)


def rows(page: Page, number: int, kind: str = ".table") -> list[list[str]]:
    """The cells of a table, row by row."""
    found = page.find_all(kind)[number].find_all("tbody tr")
    return [[row.get("th").text, *(each.text for each in row.find_all("td"))] for row in found]


def test_days_people_and_calls_are_shown(app: Flask, connection: Made) -> None:
    with time_machine.travel(TODAY - timedelta(days=3), tick=False):
        carol = make_account(app, "carol")
        use(app, connection, carol, 3, first_byte_ms=500, milliseconds=2500)
    with time_machine.travel(TODAY, tick=False):
        console = open_console(app)
        use(
            app,
            connection,
            console.bob,
            error="upstream_slow",
            status=None,
            first_byte_ms=None,
            milliseconds=30_000,
        )
        use(
            app,
            connection,
            console.bob,
            masked=1,
            request_id="echoed-1",
            path="/v1/<b>",
            answered_bytes=2_500_000,
        )
        page = console.pages.get(path_of(connection))
    assert page.heading == "Use of weather"
    assert tile(page, "Calls today") == "2 5 in 14 days"
    assert tile(page, "With an error today") == "1 1 in 14 days"
    assert tile(page, "Received today") == "2.5 MB 2.5 MB in 14 days"
    assert (tile(page, "Begun within 1 s"), tile(page, "A call takes")) == (
        "80 % of the answers",
        "7.5 s on average, to its end",
    )
    days = rows(page, 0, ".figures")
    assert (days[0][1:], days[3][1:], days[0][0].endswith(", so far")) == (["1", "1"], ["3", "0"], True)
    waits = [row[1:] for row in rows(page, 2, ".figures")]
    assert waits == [["1", "20 %"], ["1", "20 %"], ["4", "80 %"], ["4", "80 %"], ["1", "20 %"]]
    assert rows(page, 3, ".figures") == [["carol", "3", "0"], ["bob", "2", "1"]]
    first, second = [each.text for each in page.find_all(".rows .row")][:2]
    assert first.startswith(
        "GET /v1/<b> 200 Key masked bob · just now · took 60 ms, began after 50 ms · 2.5 MB"
    )
    assert first.endswith("received, 10 Bytes sent · echoed-1")
    assert second.startswith(
        "GET /v1/forecast upstream_slow The service took too long. bob · just now · took 30.0 s ·"
    )
    assert CANARY_KEY not in page.html
    assert page.get("nav a[aria-current=page]").text == "Connections"


def test_every_part_leads_further(app: Flask, connection: Made) -> None:
    console = open_console(app)
    use(app, connection, console.bob, CALLS_SHOWN + 1)
    for _ in range(PEOPLE_SHOWN):
        use(app, connection, make_account(app))
    page = console.pages.get(path_of(connection))
    request_id = page.get(".rows .row").text.rpartition(" ")[2]
    assert console.pages.click(request_id).path == f"/admin/audit?request_id={request_id}"
    console.pages.get(path_of(connection))
    people = console.pages.click("Everybody who used it")
    assert (people.heading, len(rows(people, 0))) == ("People who used weather", PEOPLE_SHOWN)
    assert len(rows(console.pages.click("Fewer calls"), 0)) == 1
    assert len(rows(console.pages.click("More calls"), 0)) == PEOPLE_SHOWN
    bobs = console.pages.click(f"{CALLS_SHOWN + 1}")
    assert len(bobs.find_all(".rows .row")) == CALLS_SHOWN
    assert len(console.pages.click("Older").find_all(".rows .row")) == 1
    everybody = console.pages.get(path_of(connection, "/calls"))
    assert (everybody.heading, len(everybody.find_all(".rows .row"))) == ("Calls of weather", CALLS_SHOWN)


def test_unused_connection_says_so(app: Flask, connection: Made) -> None:
    pages = open_console(app).pages
    page = pages.get(path_of(connection))
    assert "Nobody has used this connection in the last 14 days." in page.text
    assert "No call has been made in the last 30 days." in page.text
    assert (tile(page, "Begun within 1 s"), tile(page, "A call takes")) == (
        "\u2013 of the answers",
        "\u2013 on average, to its end",
    )
    assert "Nobody on this page" in pages.get(path_of(connection, "/people")).text


def test_names_and_paths_are_text_and_nothing_else(app: Flask, connection: Made) -> None:
    console = open_console(app)
    call(app, console.bob, "<script>alert(1)</script>")
    use(app, connection, console.bob, path="/'\"><img src=x>", error="<b>", request_id="a&b=c#d")
    page = console.pages.get(path_of(connection))
    assert "<script>alert" not in page.html
    assert "request_id=a%26b%3Dc%23d" in page.html


@pytest.mark.parametrize(
    "query",
    [
        "cursor=x",
        "cursor=WyJvbGRlciIsMV0",
        "whom=%00nobody",
        "whom=' OR 1=1",
        "cursor=" + "A" * 500,
        "whom=" + "x" * 300,
    ],
)
def test_what_nobody_meant_shows_a_page(app: Flask, connection: Made, query: str) -> None:
    pages = open_console(app).pages
    for rest in ("/people", "/calls"):
        assert pages.get(f"{path_of(connection, rest)}?{query}").status == 200


def test_auditor_looks_and_others_are_refused(app: Flask, connection: Made) -> None:
    console = open_console(app)
    auditor = make_account(app, roles=("user", "auditor"))
    for rest in ("", "/people", "/calls"):
        assert enter(app, auditor).get(path_of(connection, rest)).status == 200
        assert console.pages.get(f"/admin/connections/{'a' * 26}/use{rest}").status == 404
        assert enter(app, console.bob).get(path_of(connection, rest)).status == 403
        assert app.test_client().get(path_of(connection, rest)).status_code == 303
