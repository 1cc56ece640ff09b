"""A backup of an earlier release is restored into this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from tests.cli.test_account_commands import run
from tests.make import make_account, sign_in_by_api
from tests.ops.backup_world import back_up, restore
from webapp.infra.database import db, unit_of_work
from webapp.infra.migrations import downgrade
from webapp.infra.schema import newest_migration

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask


def test_backup_of_an_older_release_is_brought_to_the_present_schema(app: Flask, tmp_path: Path) -> None:
    bob = make_account(app, "bob")
    with app.app_context():
        downgrade(revision="0005")
    older = back_up(app, tmp_path / "a.backup")
    assert "schema 0005" in run(app, "backup", "--verify", str(older)).stdout
    ran = restore(app, older, "--replace", "--yes")
    assert ran.exit_code == 0, ran.output
    with app.app_context(), unit_of_work(writes=False):
        stands_at = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    assert stands_at == newest_migration()
    assert sign_in_by_api(app.test_client(), bob)
