"""`flask db`: up and down by hand, in one line each; and a process that serves does without the library for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from tests.cli.test_account_commands import run
from tests.config.test_safety import SAFE
from tests.make import make_account
from tests.servers.application import ENVIRONMENT, build_app, let_go_of
from webapp.accounts.models import Account
from webapp.infra import migrations
from webapp.infra.database import db
from webapp.infra.schema import MIGRATIONS, known_migrations, newest_migration

if TYPE_CHECKING:
    from flask import Flask

ROOT = Path(__file__).resolve().parents[2]
LOADED = """
import json, sys
from webapp import create_app
app = create_app()
answers = [app.test_client().get(path).status_code for path in ("/readyz", "/login", "/api/v1/protected")]
print(json.dumps([answers, sorted({"alembic", "mako", "webauthn", "psycopg", "redis", "segno"} & set(sys.modules))]))
"""


def test_numbers_of_the_files_are_those_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    assert known_migrations() == {each.revision for each in scripts.walk_revisions()}
    assert newest_migration() == scripts.get_current_head()


@pytest.mark.database
def test_schema_goes_down_and_up_with_what_stays(app: Flask) -> None:
    make_account(app, "ada")
    newest = newest_migration()
    assert run(app, "db", "current").stdout == f"{newest} (newest: {newest})\n"
    assert run(app, "db", "downgrade", "0007").exit_code == 0
    assert run(app, "db", "current").stdout == f"0007 (newest: {newest})\n"
    for _ in range(2):
        ran = run(app, "db", "upgrade")
        assert (ran.exit_code, ran.stderr) == (0, "")
    with app.app_context():
        assert db.session.query(Account).filter_by(username="ada").count() == 1
    assert run(app, "db", "current").stdout == f"{newest} (newest: {newest})\n"


def test_new_database_is_at_none_and_goes_to_the_one_that_is_named(tmp_path: Path) -> None:
    app = build_app(tmp_path, f"sqlite:///{tmp_path / 'empty.db'}")
    newest = newest_migration()
    assert run(app, "db", "current").stdout == f"none (newest: {newest})\n"
    assert run(app, "db", "upgrade", "0002").exit_code == 0
    assert run(app, "db", "current").stdout == f"0002 (newest: {newest})\n"
    let_go_of(app)


def test_next_migration_is_begun_from_the_newest_alone(app: Flask) -> None:
    assert run(app, "db", "downgrade", "0007").exit_code == 0
    ran = run(app, "db", "migrate", "-m", "words")
    assert (ran.exit_code, ran.stderr.count("Run first:")) == (1, 1)
    assert {file.name[:4] for file in (MIGRATIONS / "versions").glob("*.py")} == known_migrations()


@pytest.mark.parametrize("command", [["upgrade", "0999"], ["downgrade", "no such"], ["upgrade", "x" * 5_000]])
def test_migration_that_is_not_there_is_refused_in_one_line(app: Flask, command: list[str]) -> None:
    ran = run(app, "db", *command)
    assert ran.exit_code == 1
    assert ran.stderr.count("\n") == 1
    assert "Traceback" not in ran.output


def test_production_does_not_go_down_by_a_command(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'latchkey.db'}"
    app = build_app(tmp_path, url, {**SAFE, "BCRYPT_ROUNDS": "12"})
    assert run(app, "db", "upgrade").exit_code == 0
    ran = run(app, "db", "downgrade", "0007")
    assert (ran.exit_code, ran.stderr.count("\n")) == (1, 1)
    assert "deletes data" in ran.stderr
    newest = newest_migration()
    assert run(app, "db", "current").stdout == f"{newest} (newest: {newest})\n"
    assert "DROP TABLE webhook_endpoints" in run(app, "db", "downgrade", "0008:0007", "--sql").output
    let_go_of(app)


@pytest.mark.parametrize("command", [["downgrade", "0007"], ["upgrade", "0008"], ["upgrade"]])
@pytest.mark.database
def test_whoever_migrates_waits_for_others_who_do(app: Flask, command: list[str]) -> None:
    """By the lock of a process that starts: taken here, and given back once the command waits for it."""
    with app.app_context(), ThreadPoolExecutor(1) as elsewhere:
        with migrations._alone():
            ran = elsewhere.submit(run, app, "db", *command)
            with pytest.raises(TimeoutError):
                ran.result(0.3)
        assert ran.result(30).exit_code == 0


def test_revision_that_nobody_knows_is_one_line_for_a_server_too(app: Flask) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0007a'"))
    for command in (["db", "upgrade"], ["seed", "--accounts", "1"]):
        ran = run(app, *command)
        assert (ran.exit_code, ran.stderr.count("\n")) == (1, 1)
        assert "0007a" in ran.stderr


def test_database_of_a_newer_release_is_left_alone(app: Flask) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE accounts DROP COLUMN display_name"))
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    ran = run(app, "db", "upgrade")
    assert ran.exit_code == 1
    assert "A newer release has changed the database" in ran.stderr


def test_database_that_is_away_is_one_line(tmp_path: Path) -> None:
    app = build_app(tmp_path, "postgresql://nobody@127.0.0.1:1/none")
    for command in ("current", "upgrade"):
        ran = run(app, "db", command)
        assert (ran.exit_code, ran.stderr.count("\n")) == (1, 1)
    let_go_of(app)


def test_statements_can_be_read_before_they_are_run(app: Flask) -> None:
    ran = run(app, "db", "upgrade", "0007:0008", "--sql")
    assert ran.exit_code == 0
    assert "CREATE TABLE webhook_endpoints" in ran.output


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_statements_of_each_migration_are_a_transaction_of_their_own(app: Flask) -> None:
    """As when they are run: what one locks is let go of before the next."""
    written = run(app, "db", "upgrade", "0008:0010", "--sql").output
    assert (written.count("BEGIN;"), written.count("COMMIT;")) == (2, 2)


def test_process_that_serves_does_not_load_what_it_does_not_use(app: Flask, tmp_path: Path) -> None:
    environment = {
        **ENVIRONMENT,
        "PATH": os.environ["PATH"],
        "INSTANCE_PATH": str(tmp_path),
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
    }
    ran = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(ran.stdout) == [[200, 200, 401], []]
