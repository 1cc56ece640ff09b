"""What a server does before it serves: migrate in a copy of its process, so that Alembic does not stay."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.migrations.test_migrations import empty_url, tables
from tests.servers.application import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["empty_url"]
ROOT = Path(__file__).resolve().parents[2]
MIGRATE = """
import os, sys
from sqlalchemy import text
from webapp import create_app
from webapp.infra import migrations
from webapp.infra.database import DatabaseAway, db
from webapp.infra.schema import find_schema
if "die" in sys.argv:
    migrations.upgrade = lambda: os.kill(os.getpid(), 9)
with create_app().app_context():
    for _ in "ab":
        try:
            migrations.migrate_to_newest(apart=True)
        except DatabaseAway as refusal:
            print(refusal.message)
    with db.engine.connect() as connection:
        print(find_schema(connection).name, "alembic" in sys.modules)
"""


def migrate_twice(folder: Path, url: str, *arguments: str) -> Sequence[str]:
    """The lines that it prints: refusals, and last the state of the schema and whether Alembic is loaded."""
    done = subprocess.run(
        [sys.executable, "-c", MIGRATE, *arguments],
        cwd=ROOT,
        env={**ENVIRONMENT, "PATH": os.environ["PATH"], "INSTANCE_PATH": str(folder), "DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.database
def test_alembic_goes_with_the_copy_that_migrated(empty_url: str, tmp_path: Path) -> None:
    assert migrate_twice(tmp_path, empty_url) == ["CURRENT False"]
    assert "accounts" in tables(empty_url)


def test_what_hinders_the_copy_is_told_as_ever(tmp_path: Path) -> None:
    file = tmp_path / "latchkey.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE accounts (mine)")
    *refusals, state = migrate_twice(tmp_path, f"sqlite:///{file}")
    assert len(refusals) == 2
    assert all("failed, and was taken back: table accounts already exists." in each for each in refusals)
    assert state == "BEHIND False"


def test_a_copy_that_dies_is_told_and_the_next_may_try(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'latchkey.db'}"
    *refusals, state = migrate_twice(tmp_path, url, "die")
    assert [refusal.partition(" before")[0] for refusal in refusals] == [
        "The process that migrated the database died"
    ] * 2
    assert state == "BEHIND False"
