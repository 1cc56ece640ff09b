"""A migration that rebuilds a table on SQLite leaves the rows alone that refer to it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from tests.make import make_account
from webapp.infra import migrations
from webapp.infra.database import db
from webapp.infra.schema import MIGRATIONS, newest_migration

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

REBUILD = """
from alembic import op
revision, down_revision = {revision!r}, {newest!r}
def upgrade():
    with op.batch_alter_table("roles", recreate="always"):
        pass
"""


@pytest.fixture
def next_migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """One more than there are, which makes the table of roles anew."""
    newest = newest_migration()
    revision = f"{int(newest) + 1:04}"
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / f"{revision}_rebuild.py").write_text(
        REBUILD.format(revision=revision, newest=newest)
    )
    monkeypatch.setattr(migrations, "MIGRATIONS", folder)
    return revision


def test_rows_that_refer_to_a_rebuilt_table_stay(app: Flask, next_migration: str) -> None:
    make_account(app, "ada")
    count = text("SELECT count(*) FROM account_roles")
    with app.app_context():
        with db.engine.connect() as connection:
            before = connection.execute(count).one()
        assert before == (1,)
        migrations.upgrade(next_migration)
        with db.engine.connect() as connection:
            assert connection.execute(count).one() == before
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1
