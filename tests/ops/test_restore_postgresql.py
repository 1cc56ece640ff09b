"""What only a restore to PostgreSQL meets: an empty database on a new server, and a user who may make none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.admin.console import events
from tests.make import make_account
from tests.ops.backup_world import back_up, put_programs_on_path, restore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask

    from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@pytest.fixture
def file(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    put_programs_on_path(monkeypatch)
    make_account(app, "bob")
    return back_up(app, tmp_path / "a.backup")


@pytest.fixture
def empty(postgres_server: PostgresServer) -> Iterator[str]:
    name = postgres_server.make_database()
    yield name
    postgres_server.drop_database(name)


def names_beside(server: PostgresServer, name: str) -> list[str]:
    with psycopg.connect(server.url_of("postgres")) as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", (f"{name}\\_%",))
        return [str(row[0]) for row in found]


def test_restore_fills_an_empty_database_and_leaves_no_other(
    make_app: Callable[..., Flask], file: Path, empty: str, postgres_server: PostgresServer
) -> None:
    app = make_app(DATABASE_URL=postgres_server.url_of(empty))
    ran = restore(app, file)
    assert ran.exit_code == 0, ran.output
    assert (len(events(app, "account.created")), names_beside(postgres_server, empty)) == (1, [])


def test_restore_says_what_the_database_user_lacks(
    make_app: Callable[..., Flask], file: Path, empty: str, postgres_server: PostgresServer
) -> None:
    with psycopg.connect(postgres_server.url_of("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE plain_{empty} LOGIN")
        url = postgres_server.url_of(empty).replace("postgres@", f"plain_{empty}@")
        ran = restore(make_app(DATABASE_URL=url), file)
        connection.execute(f"DROP ROLE plain_{empty}")
    assert ran.exit_code == 1
    assert "permission denied to create database. The database user must be allowed to" in ran.stderr
    assert names_beside(postgres_server, empty) == []
