"""How the databases find the newest sessions: along an index in that order, never by sorting all there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, text

from tests.admin.kept_sessions import keep
from tests.make import entered, make_account
from webapp.admin.session_filters import Wanted
from webapp.admin.session_list_store import page_of_sessions
from webapp.core.paging import Cursor
from webapp.infra.database import db, unit_of_work

if TYPE_CHECKING:
    from flask import Flask

    from webapp.admin.session_filters import State

pytestmark = pytest.mark.database
_INDEXES_ALONE = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"


def plans_of(wanted: Wanted, cursor: Cursor | None) -> list[str]:
    """The plan of every query that a page of the list asks."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        asked.append((statement, values))

    is_postgresql = db.engine.dialect.name == "postgresql"
    with unit_of_work(writes=False):
        if is_postgresql:
            # Of the few rows of a test it would rather read all.
            db.session.execute(text(_INDEXES_ALONE))
        event.listen(db.engine, "before_cursor_execute", note)
        page_of_sessions(wanted, cursor)
        event.remove(db.engine, "before_cursor_execute", note)
        explain = "EXPLAIN " if is_postgresql else "EXPLAIN QUERY PLAN "
        driver = db.session.connection()
        found = [driver.exec_driver_sql(explain + statement, values).all() for statement, values in asked]
    return ["\n".join(str(row[-1] if not is_postgresql else row[0]) for row in rows) for rows in found]


@pytest.mark.parametrize("state", ["open", "ended", "all"])
def test_a_page_is_read_along_an_index(app: Flask, state: State) -> None:
    person = make_account(app, "ada")
    for device in "ABC":
        keep(app, person, device=device)
    with entered(app):
        plans = plans_of(Wanted(state=state), Cursor("older", (2**52, "x")))
    # Merging the first rows of a few lanes is no sorting of what is in them.
    lanes = [plan.partition("Append")[2] or plan for plan in plans]
    assert [plan for plan in lanes if "Sort" in plan or "Seq Scan" in plan or "SCAN sessions\n" in plan] == []
    assert any("created_at" in plan for plan in plans)
