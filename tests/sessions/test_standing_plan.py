"""How the database finds what a request rests on: by the ids it names, however many people there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy.dialects import sqlite

from webapp.infra.database import db, unit_of_work
from webapp.sessions.store import _WITH_ACCOUNT, STANDING

if TYPE_CHECKING:
    from sqlalchemy import Select

    from webapp.web.application import Application


@pytest.mark.parametrize("query", [STANDING, _WITH_ACCOUNT], ids=["standing", "with its account"])
def test_no_table_is_read_whole_for_one_session(app: Application, query: Select[tuple[object, ...]]) -> None:
    compiled = query.params(session_id="x").compile(
        dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
    )
    with app.app_context(), unit_of_work(writes=False):
        rows = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}").all()
    plan = [str(row[3]) for row in rows]
    whole = [step for step in plan if step.startswith("SCAN") or "MATERIALIZE" in step or "AUTOMATIC" in step]
    assert (whole, any(step.startswith("SEARCH sessions") for step in plan)) == ([], True)
