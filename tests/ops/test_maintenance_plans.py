"""However many rows there are, maintenance finds what is due by an index, and reads no large table whole."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import time_machine
from sqlalchemy import event

from tests.infra.audit_world import seal_segments
from tests.make import make_account
from tests.ops.due_rows import DUE, count_due, make_due
from webapp.core import clock
from webapp.infra.database import db, unit_of_work
from webapp.ops.maintenance import TASKS, run_tasks

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

# Of these there are a few, or as many as hold for some minutes.
SMALL = {"roles", "role_scopes", "connections", "webhook_endpoints", "signing_keys"}
# Read along its key, and no further than the limit: the newest segments.
ALONG_ITS_KEY = {"audit_segments"}
# Counts every account, by design, where there are many.
COUNTING = "Figures counted"
_WHOLE = re.compile(r"SCAN (\w+)")
# By what a great part of the rows have in common: that something is not there.
_BY_ONE = re.compile(r"SEARCH (\w+) USING .*\((\w+)=\?\)$")
# So that the largest batches are asked for: for a long list of ids, SQLite looks for another way.
PEOPLE = 60


def run_noting(name: str) -> tuple[int, list[tuple[str, Any]]]:
    """What the task did, and what it asked the database."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        if statement.startswith(("SELECT", "DELETE", "UPDATE")):
            asked.append((statement, values[0] if isinstance(values, list) else values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        done = dict(run_tasks([task for task in TASKS if task.name == name]))
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return done[name], asked


def tables_read_whole(statement: str, values: Any) -> set[str]:
    """Those of which the number of rows says how long the statement takes."""
    with unit_of_work(writes=False):
        driver = db.session.connection()
        plan = [str(row[3]) for row in driver.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    found = {match[1] for step in plan if (match := _WHOLE.match(step))}
    is_bounded = "LIMIT" in statement and not any("TEMP B-TREE FOR ORDER" in step for step in plan)
    for match in [] if is_bounded else filter(None, map(_BY_ONE.match, plan)):
        if f"{match[1]}.{match[2]} IS NULL" in statement:
            found.add(match[1])
    return found


def test_no_large_table_is_read_whole_for_what_is_due(make_app: Callable[..., Flask]) -> None:
    app = make_app(AUDIT_RETENTION_DAYS="1")
    with app.app_context():
        with time_machine.travel(clock.now() - timedelta(days=3)):
            seal_segments(2, 4)
        for _ in range(PEOPLE):
            make_account(app)
        with unit_of_work():
            for rows in DUE:
                make_due(db.session.connection(), rows, PEOPLE)
            due = {rows.task: count_due(db.session.connection(), rows) for rows in DUE}
        done, whole = {}, []
        for task in TASKS:
            done[task.name], asked = run_noting(task.name)
            if task.name != COUNTING:
                whole += [
                    (task.name, table, statement)
                    for statement, values in asked
                    for table in tables_read_whole(statement, values) - SMALL - ALONG_ITS_KEY
                ]
        assert whole == []
        assert {name for name in due if done[name] == 0} == set()
        assert done["Events kept no longer cut from the audit trail"] == 8
