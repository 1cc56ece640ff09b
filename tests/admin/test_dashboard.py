"""The dashboard's figures, against events that the product's own functions wrote as days went by."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.admin.bulk import ask_all, confirm
from tests.admin.console import Console, enter, make_crowd, open_console
from tests.make import enrol_app, entered, make_account
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.core.parts import part
from webapp.infra.audit import record_event
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from tests.page_client import Page

PATH = "/admin"
# Ahead of the keys that the application makes at its start; half past ten, so that half an hour counts half.
TODAY = (
    (clock.now() + timedelta(days=40)).astimezone(UTC).replace(hour=10, minute=30, second=0, microsecond=0)
)


@contextmanager
def moment(days_ago: int = 0, *, hours: int = 0) -> Iterator[datetime]:
    """That many days before today, and so many hours after half past ten."""
    with time_machine.travel(TODAY - timedelta(days=days_ago) + timedelta(hours=hours), tick=False):
        yield clock.now()


def happen(app: Flask, name: EventName, times: int = 1) -> None:
    """Events as the product records them, without the work that leads to each."""
    result = "failure" if "failed" in name else "success"
    with entered(app), unit_of_work():
        for _ in range(times):
            record_event(name, result=result)  # type: ignore[arg-type]


def tile(page: Page, label: str) -> str:
    """What stands under a label, number and note."""
    return next(each.get("dd").text for each in page.find_all(".tile") if each.get("dt").text == label)


def table(page: Page, number: int) -> dict[str, list[str]]:
    """The data behind a chart, by day, the latest first."""
    rows = page.find_all(".figures")[number].find_all("tbody tr")
    return {row.get("th").text: [cell.text for cell in row.find_all("td")] for row in rows}


@pytest.mark.database
def test_figures_are_those_of_the_events_beside_what_is_usual(app: Flask) -> None:
    for days, times in ((4, 8), (3, 2), (2, 6), (1, 90)):
        with moment(days, hours=-2):
            happen(app, EventName.LOGIN_SUCCEEDED, times)
        with moment(days):
            happen(app, EventName.LOGIN_FAILED, 4)
        with moment(days, hours=3):
            happen(app, EventName.LOGIN_SUCCEEDED, 50)
    with moment():
        console = open_console(app)
        console.pages.client.post("/api/v1/login", json={"username": "bob", "password": "not this one"})
        enrol_app(app, console.bob)
        make_account(app, locked=True)
        page = console.pages.get(PATH)
        assert tile(page, "Sign-ins today") == "1 usually 7 by now"
        assert tile(page, "Failed sign-ins today") == "1 usually 2 by now"
        assert tile(page, "New accounts today") == "3 usually none by now"
        assert tile(page, "With a second factor") == "33 % 1 of 3; administrators: 0 of 1"
        assert tile(page, "Locked accounts") == "1 as of now"
        rows = list(table(page, 0).items())
        assert (len(rows), rows[0][0].endswith(", so far"), rows[0][1]) == (14, True, ["1", "1"])
        assert [row for _, row in rows[1:6]] == [
            ["140", "4"],
            ["56", "4"],
            ["52", "4"],
            ["58", "4"],
            ["0", "0"],
        ]
        assert list(table(page, 1).values())[:2] == [["3"], ["0"]]


def test_new_installation_says_that_nothing_is_usual_yet(app: Flask) -> None:
    console = open_console(app)
    page = console.pages.get(PATH)
    assert tile(page, "Failed sign-ins today") == "0 what is usual shows after 3 days"
    assert page.get("#sign-ins-title").text == "Sign-ins of the last 14 days"
    assert "Nothing from" in page.get("#new-accounts-desc").text or "Today so far: 2" in page.text
    assert "Nothing: nobody was locked" in page.text
    assert page.get("nav a[aria-current=page]").text == "Dashboard"


def test_what_is_worth_a_look_leads_to_its_events(app: Flask) -> None:
    with moment(8):
        console = open_console(app)
        happen(app, EventName.REFRESH_TOKEN_REUSED)
    with moment(hours=-1):
        happen(app, EventName.LOGIN_FAILED, 25)
    with moment():
        console = Console(app, console.root, enter(app, console.root), console.bob)
        console.send("lock", reason="Reported a lost laptop")
        page = console.pages.get(PATH)
        rows = [row.text for row in page.find_all("section[aria-labelledby=notable-heading] .row")]
        assert rows == [
            "root locked bob: Reported a lost laptop just now",
            "25 sign-ins failed in the hour from 09:00 UTC 1 hour ago",
        ]
        assert console.pages.click("root locked bob: Reported a lost laptop").path.startswith("/admin/audit/")
        console.pages.get(PATH)
        listed = console.pages.click("25 sign-ins failed in the hour from 09:00 UTC")
        assert len(listed.find_all(".table tbody tr")) == 25


@pytest.mark.database
def test_many_locked_at_once_are_one_line_beside_what_came_before(app: Flask) -> None:
    with moment(hours=-1):
        console = open_console(app)
        happen(app, EventName.REFRESH_TOKEN_REUSED)
    with moment():
        console = Console(app, console.root, enter(app, console.root), console.bob)
        console.send("lock", reason="Reported a lost laptop")
        make_crowd(app, 9)
        ask_all(console, "lock", q="crowd")
        confirm(console, reason="Spam")
        page = console.pages.get(PATH)
        rows = [row.text for row in page.find_all("section[aria-labelledby=notable-heading] .row")]
        assert len(rows) == 3
        assert re.fullmatch(r"root locked crowd\d{4} and 8 others: Spam just now", rows[0])
        assert rows[1] == "root locked bob: Reported a lost laptop just now"
        assert rows[2].endswith("1 hour ago")
        listed = console.pages.click(page.get("section[aria-labelledby=notable-heading] a").text)
        assert len(listed.find_all(".table tbody tr")) == 9


def test_dashboard_asks_few_questions(app: Flask) -> None:
    console = open_console(app)
    asked: list[str] = []
    with app.app_context():
        event.listen(part(Engine), "before_cursor_execute", lambda *said: asked.append(said[2]))
    console.pages.get(PATH)
    asked = [each for each in asked if each.startswith("SELECT")]
    assert len(asked) <= 12, "\n".join(asked)


def test_auditor_looks_and_a_user_is_refused(app: Flask) -> None:
    console = open_console(app)
    auditor = make_account(app, roles=("user", "auditor"))
    assert enter(app, auditor).get(PATH).heading == "Dashboard"
    assert enter(app, console.bob).get(PATH).status == 403
    assert app.test_client().get(PATH).status_code == 303
