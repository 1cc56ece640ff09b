"""Questions of one row: committed state for a unit that reads, its own transaction for one that writes."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import psycopg
import pytest
from sqlalchemy import bindparam, create_engine, func, select, text, update

from tests.make import make_account
from webapp.accounts.models import Account
from webapp.core import clock
from webapp.infra.database import DatabaseAway, SingleRows, change_row, db, find_row, undo, unit_of_work
from webapp.infra.database import single_rows as single_rows_module

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from sqlalchemy import Table

QUESTION = select(
    Account.username,
    Account.created_at,
    Account.locked_at.is_not(None),
    func.coalesce(Account.lock_reason, "-"),
).where(Account.id == bindparam("account_id"))

CHANGE = (
    update(cast("Table", Account.__table__))
    .where(Account.id == bindparam("read_id"), Account.username == bindparam("read_name"))
    .values(username=bindparam("new_name"), created_at=bindparam("new_moment"))
)


@pytest.fixture
def account_id(app: Flask) -> str:
    return make_account(app, "ada").id


def rename(account_id: str, name: str) -> None:
    db.session.execute(update(Account).where(Account.id == account_id).values(username=name))


@pytest.mark.database
def test_row_comes_in_the_types_of_its_columns_either_way(at_work: Flask, account_id: str) -> None:
    with unit_of_work():
        inside = find_row(QUESTION, account_id=account_id)
    with unit_of_work(writes=False):
        assert find_row(QUESTION, account_id="nobody") is None
        assert find_row(QUESTION, account_id=account_id) == inside
    assert inside is not None
    assert (inside[0], inside[1].utcoffset().total_seconds(), *inside[2:]) == ("ada", 0, False, "-")


@pytest.mark.database
def test_unit_that_writes_sees_what_it_wrote_and_others_only_what_is_stored(
    app: Flask, account_id: str
) -> None:
    def seen_elsewhere() -> str:
        with app.app_context(), unit_of_work(writes=False):
            return str((find_row(QUESTION, account_id=account_id) or [""])[0])

    with app.app_context(), ThreadPoolExecutor(1) as elsewhere, unit_of_work():
        rename(account_id, "grace")
        assert (find_row(QUESTION, account_id=account_id) or [""])[0] == "grace"
        assert elsewhere.submit(seen_elsewhere).result() == "ada"
    assert seen_elsewhere() == "grace"


@pytest.mark.database
def test_change_of_one_row_is_stored_at_once_unless_its_unit_writes_more(app: Flask, account_id: str) -> None:
    moment = datetime(2031, 1, 1, tzinfo=UTC)

    def change(read: str, new: str) -> bool:
        values = {"read_id": account_id, "read_name": read, "new_name": new, "new_moment": moment}
        return change_row(CHANGE, values)

    with app.app_context(), unit_of_work(writes=False):
        assert [change("ada", "grace"), change("ada", "mary")] == [True, False]
        undo()
    with app.app_context(), unit_of_work():
        assert change("grace", "mary")
        undo()
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.get(Account, account_id) is not None
        assert change("grace", "mary")
        undo()
    with app.app_context(), unit_of_work(writes=False):
        assert (find_row(QUESTION, account_id=account_id) or ())[:2] == ("grace", moment)


@pytest.mark.database
def test_crowd_is_answered_by_a_few_connections(
    app: Flask, account_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_rows_module, "_CONNECTIONS", 2)
    with app.app_context():
        rows = SingleRows(db.engine)
    with ThreadPoolExecutor(16) as crowd:
        found = list(crowd.map(lambda _: rows.find(QUESTION, {"account_id": account_id}), range(200)))
    assert {row[0] for row in found if row} == {"ada"}
    assert rows._connections.free == 2


@pytest.mark.database
def test_who_come_one_after_another_share_one_connection(app: Flask, account_id: str) -> None:
    with app.app_context():
        rows = SingleRows(db.engine)
        for _ in range(20):
            assert rows.find(QUESTION, {"account_id": account_id}) is not None
        (connection,) = rows._connections.empty()
        connection.close()


@pytest.mark.database
def test_connections_that_nobody_used_for_a_minute_are_closed_and_opened_anew(
    app: Flask, account_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = 0.0
    monkeypatch.setattr(
        single_rows_module, "clock", SimpleNamespace(monotonic=lambda: clock.monotonic() + passed)
    )
    with app.app_context():
        rows = SingleRows(db.engine)
        crowd = [rows._open() for _ in range(3)]
        for each in crowd:
            rows._connections.give_back(each)
        passed = 59.0
        assert rows.find(QUESTION, {"account_id": account_id}) is not None
        passed = 61.0
        # The one that was used goes on, and puts out the others.
        assert rows.find(QUESTION, {"account_id": account_id}) is not None
        assert rows._connections.empty() == crowd[2:]
        rows._connections.give_back(crowd[2])
        passed = 180.0
        assert rows.find(QUESTION, {"account_id": account_id}) is not None
        (opened,) = rows._connections.empty()
    assert opened not in crowd
    for each in crowd:
        with pytest.raises((sqlite3.ProgrammingError, psycopg.OperationalError), match="closed"):
            each.execute("SELECT 1")
    opened.close()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_connection_that_outlived_a_restart_of_the_database_is_replaced(app: Flask, account_id: str) -> None:
    def ask() -> str:
        with app.app_context(), unit_of_work(writes=False):
            return str((find_row(QUESTION, account_id=account_id) or [""])[0])

    assert ask() == "ada"
    with app.app_context(), unit_of_work():
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        db.session.execute(text(f"{others} AND datname = current_database()"))
    assert ask() == "ada"


def test_database_that_cannot_be_opened_is_away(tmp_path: Path) -> None:
    rows = SingleRows(create_engine(f"sqlite:///{tmp_path}/missing/latchkey.db"))
    for _ in range(2):
        with pytest.raises(DatabaseAway):
            rows.find(QUESTION, {"account_id": "ada"})
