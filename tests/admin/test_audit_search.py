"""The search of the audit trail: whatever is asked for, its pages hold exactly what a look at every event finds."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from tests.make import entered
from webapp.admin import audit_lanes, audit_list_store
from webapp.admin.audit_filters import Wanted
from webapp.admin.audit_list import find_events
from webapp.core.paging import Cursor
from webapp.infra.audit import bits_of_address
from webapp.infra.database import db, unit_of_work
from webapp.infra.models import AuditEvent

if TYPE_CHECKING:
    from flask import Flask

NUMBER = 150
SIZE = 9
START = datetime(2026, 1, 1, tzinfo=UTC)
NET = ("10.1.0.0", "10.1.255.255")


def bits(*ends: str) -> tuple[bytes, bytes]:
    first, last = (bits_of_address(each) or b"" for each in (ends[0], ends[-1]))
    return first, last


WANTED = {
    "anything": Wanted(),
    "a name": Wanted(names=("login.failed",)),
    "names": Wanted(names=("login.failed", "session.ended", "account.locked")),
    "the rare and old": Wanted(names=("account.locked",)),
    "failures": Wanted(result="failure"),
    "on whom": Wanted(whom=("a", "b")),
    "by whom": Wanted(by=("a",)),
    "either": Wanted(who=("a", "b")),
    "an address": Wanted(bits=bits("10.1.0.3")),
    "a network": Wanted(bits=bits(*NET)),
    "a request": Wanted(request_id="r3"),
    "a time": Wanted(since=START + timedelta(seconds=40), until=START + timedelta(seconds=120)),
    "people and name": Wanted(by=("a",), whom=("b",), names=("login.failed", "session.ended")),
    "a network's failures": Wanted(bits=bits(*NET), result="failure"),
    "the old of a network": Wanted(bits=bits("10.9.0.0", "10.9.255.255"), names=("login.succeeded",)),
    "all at once": Wanted(
        by=("a", "b"), who=("a",), names=("login.failed",), result="failure", bits=bits("::", "f" * 4 + "::")
    ),
    "what never is": Wanted(names=("login.failed",), result="success"),
    "a time before all": Wanted(until=START - timedelta(days=1)),
    "a time after all": Wanted(since=START + timedelta(days=1)),
}


def make_trail(app: Flask) -> list[dict[str, Any]]:
    """Events of all kinds in an order that is nearly that of time, the rare ones first."""
    dice = random.Random(5)
    rows = []
    for number in range(1, NUMBER + 1):
        name = dice.choice(["login.succeeded", "login.succeeded", "login.failed", "session.ended"])
        address = f"10.{9 if number < 40 else dice.randrange(3)}.0.{dice.randrange(6)}"
        rows.append(
            {
                "id": number,
                "occurred_at": START + timedelta(seconds=number + dice.choice([0, 0, 0, -2, 2])),
                "name": "account.locked" if number < 20 else name,
                "result": "failure" if name == "login.failed" and number >= 20 else "success",
                "account_id": dice.choice(["a", "b", "c", None]),
                "actor_id": dice.choice(["a", "b", None, None, None]),
                "session_id": None,
                "via": dice.choice(["request", "request", "job"]),
                "address": address,
                "address_bits": bits_of_address(address),
                "user_agent": "",
                "request_id": f"r{number // 9 % 8}",
                "detail": "{}",
                "form": 1,
                "digest": b"",
            }
        )
    with entered(app), unit_of_work():
        db.session.query(AuditEvent).delete()
        db.session.execute(insert(AuditEvent), rows)
    return rows


def matches(wanted: Wanted, row: dict[str, Any]) -> bool:
    """What each filter means, as plainly as it can be said."""
    doer = row["actor_id"] or (row["account_id"] if row["via"] == "request" else None)
    return (
        (wanted.whom is None or row["account_id"] in wanted.whom)
        and (wanted.by is None or doer in wanted.by)
        and (wanted.who is None or bool({row["account_id"], row["actor_id"]} & set(wanted.who)))
        and (not wanted.names or row["name"] in wanted.names)
        and (not wanted.result or row["result"] == wanted.result)
        and (wanted.bits is None or wanted.bits[0] <= row["address_bits"] <= wanted.bits[1])
        and (not wanted.request_id or row["request_id"] == wanted.request_id)
        and (wanted.since is None or row["occurred_at"] >= wanted.since)
        and (wanted.until is None or row["occurred_at"] < wanted.until)
    )


def pages_of(app: Flask, wanted: Wanted, cursor: Cursor | None, way: str) -> list[list[int]]:
    """Every page from there on."""
    pages = []
    while True:
        with entered(app), unit_of_work(writes=False):
            page = find_events(wanted, cursor, SIZE).page
        pages.append([each.id for each in page.rows])
        following = getattr(page, way)
        if following is None:
            return pages
        assert following != cursor, "the search stands still"
        cursor = following


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short trail is as long to these as a long one to those of the product."""
    monkeypatch.setattr(audit_list_store, "_WIDTHS", (3, 8, 10))
    monkeypatch.setattr(audit_lanes, "_MOST_SORTED", 25)


@pytest.mark.database
def test_pages_hold_exactly_what_is_wanted_in_both_directions(app: Flask, small_steps: None) -> None:
    rows = make_trail(app)
    for name, wanted in WANTED.items():
        expected = [row["id"] for row in reversed(rows) if matches(wanted, row)]
        downwards = pages_of(app, wanted, None, "older")
        assert list(chain(*downwards)) == expected, name
        assert all(len(each) <= SIZE for each in downwards)
        upwards = pages_of(app, wanted, Cursor("newer", (0,)), "newer")
        assert list(chain(*reversed(upwards))) == expected, name


def test_search_that_finds_nothing_looks_at_a_bounded_number_and_says_how_far_it_came(
    app: Flask, small_steps: None
) -> None:
    rows = make_trail(app)
    with entered(app), unit_of_work(writes=False):
        found = find_events(Wanted(result="success", names=("login.succeeded",), request_id="none"), None, 1)
        other = find_events(Wanted(result="success", names=("login.failed",)), None, 1)
    failed = [row for row in reversed(rows) if row["name"] == "login.failed"]
    assert (found.page.rows, found.looked_back_to) == ([], None)
    # Of the 4, 8 and 10 newest sign-ins that failed, none succeeded.
    assert (other.page.rows, other.looked_back_to) == ([], failed[21]["occurred_at"])
