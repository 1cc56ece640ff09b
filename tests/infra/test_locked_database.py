"""A database that is locked or away: changes are refused in words, reading goes on, and nothing hangs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from tests.make import make_account, sign_in, sign_in_by_api
from tests.page_client import PageClient
from webapp.accounts.models import Role
from webapp.infra.database import DatabaseAway, db, engine, unit_of_work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits for SQLite's lock are a twentieth of a second long."""
    monkeypatch.setattr(engine, "BUSY_MILLISECONDS", 50)
    monkeypatch.setattr(engine, "unit_patience", lambda: 50)


@pytest.fixture
def other(hurried: None, database_url: str) -> Iterator[sqlite3.Connection]:
    """Somebody else at SQLite's file, such as a backup or a stuck process."""
    file = database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection


def test_locked_database_refuses_changes_in_words_and_goes_on_reading(
    other: sqlite3.Connection, app: Flask
) -> None:
    bob = make_account(app, "bob")
    pages = PageClient(app.test_client())
    sign_in(pages, bob)
    headers = sign_in_by_api(app.test_client(), bob)
    other.execute("BEGIN IMMEDIATE")
    response = app.test_client().post("/api/v1/login", json={"username": "bob", "password": bob.password})
    assert (response.status_code, response.get_json()["error"]) == (503, "database_unavailable")
    assert response.headers["Retry-After"] == "2"
    assert pages.get("/account").status == 200
    assert app.test_client().get("/api/v1/protected", headers=headers).status_code == 200
    assert app.test_client().get("/readyz").status_code == 200


def test_sign_in_while_the_database_is_locked_works_once_it_is_free(
    other: sqlite3.Connection, app: Flask
) -> None:
    bob = make_account(app, "bob")
    pages = PageClient(app.test_client())
    other.execute("BEGIN IMMEDIATE")
    page = sign_in(pages, bob)
    assert (page.status, page.heading) == (503, "Not available just now")
    assert page.response.headers["Retry-After"] == "2"
    other.execute("ROLLBACK")
    assert sign_in(pages, bob).path == "/account"


def test_lock_met_inside_a_unit_becomes_one_problem(other: sqlite3.Connection, at_work: Flask) -> None:
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseAway) as away, unit_of_work():
        db.session.execute(select(Role))
    assert (away.value.status, away.value.retry_after) == (503, 2)


def test_database_that_is_no_database_is_not_ready(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    app = make_app(DATABASE_URL=f"sqlite:///{tmp_path}/missing/latchkey.db")
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["faults"]) == (
        503,
        {"database": "The database cannot be reached."},
    )
    assert app.test_client().get("/healthz").status_code == 200
    assert app.test_client().post("/api/v1/login", json={"username": "a", "password": "b"}).status_code == 503
