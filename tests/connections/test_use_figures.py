"""What is said of the use of a connection: by day, by how quick it was, by person, call by call; always by an index."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from sqlalchemy import event

from tests.connections.making import Made
from tests.connections.use_world import connect, use
from tests.make import make_account
from webapp.connections.own_data import _calls, _days
from webapp.connections.purge import forget_calls, forget_hours
from webapp.connections.use import count_today, find_use, last_calls
from webapp.connections.use_lists import CALLS_SHOWN, PEOPLE_SHOWN, page_of_calls, page_of_people
from webapp.infra.database import db, unit_of_work

if TYPE_CHECKING:
    from flask import Flask

    from webapp.core.paging import Cursor

NOON = datetime(2030, 5, 20, 12, tzinfo=UTC)


@pytest.fixture
def connection(at_work: Flask) -> Made:
    return connect(at_work)


@pytest.mark.database
def test_days_and_shares_are_those_of_the_calls(at_work: Flask, connection: Made) -> None:
    ada, bob, other = make_account(at_work), make_account(at_work), connect(at_work, name="other")
    for days, times in ((14, 50), (13, 3), (1, 2), (0, 1)):
        with time_machine.travel(NOON - timedelta(days=days), tick=False):
            use(at_work, connection, ada, times, first_byte_ms=200, milliseconds=1000)
            use(at_work, connection, bob, status=500, first_byte_ms=5000, milliseconds=9000)
            use(at_work, other, bob, 5)
    with time_machine.travel(NOON, tick=False), unit_of_work(writes=False):
        found, today = find_use(connection.id), count_today()
    assert [(each.date.day, each.answered, each.errors) for each in found.days if each.calls] == [
        (7, 3, 1),
        (19, 2, 1),
        (20, 1, 1),
    ]
    assert (len(found.days), found.days[-1].date, found.calls, found.errors) == (14, NOON.date(), 9, 3)
    assert (found.sent_bytes, found.answered_bytes, found.average_ms) == (90, 9000, round(33_000 / 9))
    assert [(each.within_ms, each.calls, each.percent) for each in found.shares] == [
        (100, 0, 0),
        (300, 6, 67),
        (1000, 6, 67),
        (3000, 6, 67),
        (None, 3, 33),
    ]
    assert today == {connection.id: 2, other.id: 5}


def test_unused_connection_has_no_average_and_no_share(at_work: Flask, connection: Made) -> None:
    with unit_of_work(writes=False):
        found = find_use(connection.id)
        assert (found.calls, found.average_ms, {each.percent for each in found.shares}) == (0, None, {None})
        assert (count_today(), page_of_people(connection.id, None).rows) == ({}, [])


@pytest.mark.database
def test_pages_show_everybody_once_in_both_directions(at_work: Flask, connection: Made) -> None:
    people = [make_account(at_work) for _ in range(PEOPLE_SHOWN + 3)]
    for number, person in enumerate(people):
        # Many with as many calls as others: the id decides.
        use(at_work, connection, person, 1 + number // 6)
    seen, back = _walk(lambda cursor: page_of_people(connection.id, cursor), lambda each: each.account_id)
    assert (sorted(seen), len(seen)) == (sorted(each.id for each in people), len(people))
    assert back == seen[:PEOPLE_SHOWN]
    with unit_of_work(writes=False):
        calls = [each.calls for each in page_of_people(connection.id, None).rows]
    assert calls == sorted(calls, reverse=True)


def test_calls_are_listed_latest_first_and_of_one_person(at_work: Flask, connection: Made) -> None:
    ada, bob = make_account(at_work), make_account(at_work)
    use(at_work, connection, ada, CALLS_SHOWN + 5)
    use(at_work, connection, bob, error="quota_used", status=None)
    seen, back = _walk(lambda cursor: page_of_calls(connection.id, cursor), lambda each: each.call.id)
    assert (len(seen), seen == sorted(seen, reverse=True), back) == (
        CALLS_SHOWN + 6,
        True,
        seen[:CALLS_SHOWN],
    )
    with unit_of_work(writes=False):
        found = page_of_calls(connection.id, None, bob.id).rows
        assert [(each.call.account_id, each.is_error) for each in found] == [(bob.id, True)]
        assert found[0].explanation.startswith("The calls of this connection are used up")
        assert page_of_calls(connection.id, None, "nobody").rows == []
        assert len(last_calls(ada.id, connection.id, 3)) == 3


def test_no_table_is_read_whole(at_work: Flask, connection: Made) -> None:
    ada = make_account(at_work)
    with time_machine.travel(NOON, tick=False):
        use(at_work, connection, ada)
    asked: list[tuple[str, Any]] = []
    event.listen(db.engine, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
    # Later than anything is kept.
    with time_machine.travel(NOON + timedelta(days=500), tick=False), unit_of_work():
        find_use(connection.id)
        count_today()
        for cursor in _cursors(connection):
            page_of_people(connection.id, cursor[0])
            page_of_calls(connection.id, cursor[1])
        page_of_calls(connection.id, None, ada.id)
        last_calls(ada.id, connection.id)
        _calls(ada.id)
        _days(ada.id)
        assert (forget_calls(5), forget_hours(5)) == (1, 1)
    found = [each for each in asked if "connection_" in each[0]]
    assert len(found) > 10
    assert [step for each in found for step in _scans(*each)] == []


def _cursors(connection: Made) -> list[tuple[Cursor | None, Cursor | None]]:
    from webapp.core.paging import Cursor

    return [
        (None, None),
        (Cursor("older", (9, "x")), Cursor("older", (9,))),
        (Cursor("newer", (0, "")), None),
    ]


def _scans(statement: str, values: Any) -> list[str]:
    """What SQLite would read from end to end for this; connections themselves are few."""
    with db.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    tables = ("SCAN connection_hours", "SCAN connection_calls", "SCAN accounts")
    return [f"{row[3]}: {statement}" for row in rows if str(row[3]).startswith(tables)]


def _walk(page_of: Any, key_of: Any) -> tuple[list[Any], list[Any]]:
    """All that is shown from the first page to the last, and what the first shows once one has come back to it."""
    seen: list[Any] = []
    with unit_of_work(writes=False):
        page = page_of(None)
        while True:
            seen += [key_of(each) for each in page.rows]
            if page.older is None:
                break
            page = page_of(page.older)
        while page.newer is not None:
            page = page_of(page.newer)
    return seen, [key_of(each) for each in page.rows]
