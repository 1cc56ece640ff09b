"""The list of all sessions: newest first, by every filter, page by page, and honest about those past a limit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.admin.console import Console, open_console
from tests.admin.kept_sessions import LIST, keep
from tests.make import entered, make_account
from webapp.core import clock
from webapp.infra.database import db, unit_of_work
from webapp.sessions.models import Session

if TYPE_CHECKING:
    from flask import Flask

    from tests.make import Person
    from tests.page_client import Page


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def devices_on(page: Page) -> list[str]:
    """The devices that the list shows, in its order; the one of the test itself is nameless."""
    shown = [each.get("p").text for each in page.find_all("td[data-label=Device]")]
    return [each.split(" ")[0] for each in shown if not each.startswith("An unknown")]


def fill(app: Flask, bob: Person) -> None:
    carol = make_account(app, "carol")
    ended = clock.now() - timedelta(minutes=5)
    keep(app, bob, device="A", hours_ago=1)
    keep(app, carol, device="B", hours_ago=2, methods="pwd otp mfa", address="203.0.113.200")
    keep(
        app,
        bob,
        device="C",
        hours_ago=3,
        methods="hwk user mfa",
        address="2001:db8::5",
        key_thumbprint="x" * 43,
    )
    keep(
        app,
        bob,
        device="D",
        hours_ago=4,
        ended_at=ended,
        end_cause="password_changed",
        address="198.51.100.1",
    )
    keep(app, carol, device="E", hours_ago=5, ended_at=ended, end_cause="idle", methods="pwd hwk user mfa")
    # An older release named no cause.
    keep(app, carol, device="F", hours_ago=6, ended_at=ended, end_cause=None)


@pytest.mark.parametrize(
    "query", ["cause=idle", "address=203.0.113.0/24", "from=2026-01-01", "until=nonsense"]
)
def test_rare_filters_are_folded_away_until_one_is_used(console: Console, query: str) -> None:
    assert "open" not in console.pages.get(f"{LIST}?state=all&method=passkey").get(".more-filters").attributes
    assert "open" in console.pages.get(f"{LIST}?{query}").get(".more-filters").attributes


@pytest.mark.database
def test_sessions_are_found_by_every_filter(app: Flask, console: Console) -> None:
    fill(app, console.bob)
    found = {
        "": "ABC",
        "state=open": "ABC",
        "state=ended": "DEF",
        "state=all": "ABCDEF",
        "state=nonsense": "ABC",
        "whom=bob": "AC",
        "whom=BOB@example.org&state=all": "ACD",
        f"whom={console.bob.id}&state=ended": "D",
        "whom=nobody&state=all": "",
        "cause=password_changed": "D",
        "cause=idle&method=second_factor": "E",
        "cause=idle&method=passkey": "",
        "cause=restored&state=all": "",
        "cause=nonsense": "ABC",
        "method=password&state=all": "ADF",
        "method=second_factor&state=all": "BE",
        "method=passkey": "C",
        "address=203.0.113.7": "A",
        "address=203.0.113.0/24&state=all": "ABEF",
        "address=203.0.113.9/25": "A",
        "address=2001:db8::/32": "C",
        "address=0.0.0.0/0&state=all": "ABDEF",
        "address=192.0.2.1": "",
        "whom=carol&address=203.0.113.0/24&state=ended&method=second_factor&cause=idle": "E",
    }
    shown = {query: "".join(devices_on(console.pages.get(f"{LIST}?{query}"))) for query in found}
    assert shown == found


@pytest.mark.database
def test_days_are_held_against_the_sign_in_with_the_last_day_whole(app: Flask, console: Console) -> None:
    for days in (1, 2, 3):
        keep(app, console.bob, device=f"Day{days}", hours_ago=24 * days)

    def day(days: int) -> str:
        return f"{clock.now() - timedelta(days=days):%Y-%m-%d}"

    assert devices_on(console.pages.get(f"{LIST}?from={day(2)}&until={day(2)}")) == ["Day2"]
    assert devices_on(console.pages.get(f"{LIST}?until={day(2)}")) == ["Day2", "Day3"]
    assert devices_on(console.pages.get(f"{LIST}?from={day(1)}")) == ["Day1"]


@pytest.mark.database
def test_pages_show_every_session_once_in_both_directions(app: Flask, console: Console) -> None:
    moment = datetime(2026, 11, 1, tzinfo=clock.now().tzinfo)
    with entered(app), unit_of_work():
        for number in range(120):
            # Several sign-ins of one moment, open and ended, by three methods: their lanes are merged.
            begun = clock.now() - timedelta(minutes=number // 7)
            db.session.add(
                Session(
                    id=f"n{number:03}", account_id=console.bob.id, device="x", address="203.0.113.7",
                    methods=("pwd", "pwd otp mfa", "hwk user mfa")[number % 3], created_at=begun,
                    authenticated_at=begun, proved_at=begun, last_active_at=begun, ends_at=begun + timedelta(days=9),
                    ended_at=moment if number % 2 else None, end_cause="idle" if number % 2 else None,
                )
            )  # fmt: skip
    first = console.pages.get(f"{LIST}?whom=&state=all")
    seen = [first, *(console.pages.click(link) for link in ("Older", "Older", "Newer", "Newer"))]
    picked = [_ids(page) for page in seen]
    assert [len(page.find_all("tbody tr")) for page in seen] == [50, 50, 21, 50, 50]
    assert len(set(picked[0] + picked[1] + picked[2])) == 60
    assert (picked[3], picked[4]) == (picked[1], picked[0])


def _ids(page: Page) -> list[str]:
    """Those that may be ended: the open ones."""
    return [each.attributes["value"] for each in page.find_all("input.pick")]


def test_each_row_says_whose_how_and_until_when(app: Flask, console: Console) -> None:
    fill(app, console.bob)
    rows = {
        each.get("p").text[:1]: each for each in console.pages.get(f"{LIST}?state=all").find_all("tbody tr")
    }
    texts = {device: each.text for device, each in rows.items()}
    assert rows["A"].get("th a").attributes["href"] == f"/admin/accounts/{console.bob.id}"
    assert "with a password" in texts["A"]
    assert "ends in 7 days unless used" in texts["A"]
    assert "Bound to a key" in texts["C"]
    assert "with a passkey" in texts["C"]
    assert "the password was changed" in texts["D"]
    assert "5 minutes ago: it had not been used" in texts["E"]
    assert "This session" in console.pages.get(LIST).text


def test_session_past_a_limit_is_not_shown_as_open(app: Flask, console: Console) -> None:
    eve = make_account(app, "eve", roles=("user", "auditor"))
    keep(app, console.bob, device="Idle", hours_ago=24 * 8)
    keep(app, console.bob, device="Old", hours_ago=24 * 31, last_active_at=clock.now())
    keep(app, eve, device="Auditor", hours_ago=1)
    page = console.pages.get(LIST)
    assert devices_on(page) == ["Auditor", "Idle", "Old"]
    states = [each.text for each in page.find_all("td[data-label=State]")][1:]
    assert [each.split(" ")[0] for each in states] == ["Over", "Over", "Over"]
    assert "it had not been used. Nothing accepts it" in states[1]
    assert "it had reached its age limit" in states[2]
    assert page.find("input.pick") is None
