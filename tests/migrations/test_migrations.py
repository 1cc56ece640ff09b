"""Migrations: up, down and up again, equal to the models, and run by one process at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from tests.make import make_account, make_administrator, sign_in_by_api
from tests.servers.application import ENVIRONMENT, build_app, let_go_of
from webapp.infra.database import Base, db
from webapp.infra.database.engine import engine_url
from webapp.infra.migrations import downgrade, is_compared, is_compared_object, migrate_to_newest, upgrade
from webapp.infra.schema import Schema, find_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from tests.servers.postgres import PostgresServer

ROOT = Path(__file__).resolve().parents[2]
STEP = """
import sys
from webapp import create_app
from webapp.infra.migrations import migrate_to_newest
app = create_app()
print("ready", flush=True)
sys.stdin.readline()
with app.app_context():
    migrate_to_newest()
"""


@pytest.fixture
def empty_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database with nothing in it."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.make_database()
    yield server.url_of(name)
    server.drop_database(name)


def tables(url: str) -> set[str]:
    engine = create_engine(engine_url(url))
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def differences(app: Flask) -> list[Any]:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_name": is_compared,
                "include_object": is_compared_object,
            },
        )
        return list(compare_metadata(context, Base.metadata))


@pytest.mark.database
def test_migrated_database_is_what_the_models_say(app: Flask) -> None:
    assert differences(app) == []
    with app.app_context():
        assert find_schema(db.session.connection()) is Schema.CURRENT


@pytest.mark.database
def test_comparison_finds_every_index_that_the_database_lacks(app: Flask, database_kind: str) -> None:
    only_there = ["ix_account_search_account_id_hash", "ix_account_search_text"]
    dropped = only_there if database_kind == "postgresql" else []
    dropped += ["ix_audit_events_failure_id"]
    with app.app_context(), db.engine.begin() as connection:
        for name in dropped:
            connection.execute(text(f"DROP INDEX {name}"))
    found = differences(app)
    assert sorted(change[1].name for change in found if change[0] == "add_index") == sorted(dropped)


@pytest.mark.database
def test_migrations_go_down_with_data_and_up_again(app: Flask) -> None:
    root = make_administrator(app, "root")
    make_account(app, "bob", verified=False, locked=True)
    sign_in_by_api(app.test_client(), root)
    with app.app_context():
        downgrade(revision="base")
        assert set(inspect(db.engine).get_table_names()) <= {"alembic_version", "sqlite_sequence"}
        upgrade()
    assert differences(app) == []
    make_administrator(app, "root")


@pytest.mark.database
def test_database_whose_words_had_their_order_already_is_brought_on(app: Flask) -> None:
    """0009 made the index of 0010 at first."""
    with app.app_context():
        downgrade(revision="0009")
        with db.engine.begin() as connection:
            connection.execute(
                text("CREATE INDEX ix_account_search_created_at ON account_search (created_at, account_id)")
            )
        upgrade()
    assert differences(app) == []


@pytest.mark.database
def test_migrating_again_changes_nothing(app: Flask) -> None:
    bob = make_account(app, "bob")
    with app.app_context():
        migrate_to_newest()
        assert db.session.execute(text("SELECT id FROM accounts")).scalars().all() == [bob.id]


@pytest.mark.database
def test_two_processes_may_migrate_at_once(empty_url: str, tmp_path: Path) -> None:
    environ = {
        **ENVIRONMENT,
        "PATH": os.environ["PATH"],
        "INSTANCE_PATH": str(tmp_path),
        "DATABASE_URL": empty_url,
    }
    started = [
        subprocess.Popen(
            [sys.executable, "-c", STEP],
            cwd=ROOT,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for each in started:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    ended = [each.communicate("go\n", timeout=50) for each in started]
    assert [each.returncode for each in started] == [0, 0], ended
    assert set(Base.metadata.tables) <= tables(empty_url)


@pytest.mark.database
def test_database_without_a_schema_is_not_ready_and_says_how_to_get_there(
    empty_url: str, tmp_path: Path
) -> None:
    app = build_app(tmp_path, empty_url)
    answer = app.test_client().get("/readyz")
    let_go_of(app)
    assert answer.status_code == 503
    assert answer.get_json()["faults"]["schema"].endswith("flask --app wsgi db upgrade")


def test_constraints_have_names_that_a_migration_can_drop() -> None:
    unnamed = [
        f"{table.name}: {constraint!r}"
        for table in Base.metadata.tables.values()
        for constraint in (*table.constraints, *table.indexes)
        if not getattr(constraint, "name", None)
    ]
    assert unnamed == []


@pytest.mark.database
def test_roles_of_the_design_are_there_from_the_start(app: Flask) -> None:
    with app.app_context():
        query = "SELECT role_name, scope FROM role_scopes ORDER BY role_name, scope"
        granted = [tuple(row) for row in db.session.execute(text(query))]
    assert granted == [
        ("administrator", "admin:read"),
        ("administrator", "admin:support"),
        ("administrator", "admin:write"),
        ("auditor", "admin:read"),
        ("support", "admin:read"),
        ("support", "admin:support"),
        ("user", "read:profile"),
        ("user", "write:profile"),
    ]
