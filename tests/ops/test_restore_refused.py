"""What `flask restore` refuses, before anything is touched."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.admin.console import events
from tests.cli.test_account_commands import run
from tests.make import make_account
from tests.ops.backup_world import back_up, put_programs_on_path, restore, write_backup
from webapp.infra.database import db, unit_of_work
from webapp.infra.migrations import migrate_to_newest
from webapp.ops import restore as restore_module
from webapp.ops.backup_sqlite import path_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

OTHER = "another-encryption-key-0123456789-abcdefghij"


@pytest.fixture
def file(app: Flask, tmp_path: Path) -> Path:
    """A backup that knows bob; ann came after it."""
    make_account(app, "bob")
    made = back_up(app, tmp_path / "a.backup")
    make_account(app, "ann")
    return made


def is_untouched(app: Flask, database_url: str) -> bool:
    """Whether the database is the one that ann is in, and nothing is left beside it."""
    with app.app_context(), unit_of_work(writes=False):
        db.session.expire_all()
    created = len(events(app, "account.created"))
    beside = [each.name for each in path_of(database_url).parent.iterdir()]
    return created == 2 and not [name for name in beside if ".restoring" in name[1:] or ".before" in name]


def test_restore_over_accounts_needs_replace_and_a_word(app: Flask, file: Path, database_url: str) -> None:
    plain = restore(app, file)
    assert plain.exit_code == 1
    assert (
        f"The database {path_of(database_url)} holds 2 accounts, and its newest event is of 20"
        in plain.stderr
    )
    assert "Nothing was changed. To replace it, restore with --replace." in plain.stderr
    other_word = restore(app, file, "--replace", given="yes\n")
    assert (other_word.exit_code, "Nothing was changed.\n" in other_word.stderr) == (1, True)
    assert restore(app, file, "--replace", given="").exit_code == 1
    assert is_untouched(app, database_url)
    assert restore(app, file, "--replace", given="replace\n").exit_code == 0
    assert not is_untouched(app, database_url)


def test_restore_over_a_database_in_use_is_refused(app: Flask, file: Path, database_url: str) -> None:
    with closing(sqlite3.connect(path_of(database_url))) as other:
        other.execute("SELECT count(*) FROM accounts").fetchone()
        ran = restore(app, file, "--replace", "--yes")
    assert ran.exit_code == 1
    assert "is in use. Stop the server, and whatever else has it open, then restore again.\n" in ran.stderr
    assert is_untouched(app, database_url)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_restore_over_postgresql_in_use_is_refused(
    app: Flask, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_programs_on_path(monkeypatch)
    monkeypatch.setattr("webapp.ops.restore_postgresql._LEAVING_SECONDS", 0.3)
    file = back_up(app, tmp_path / "a.backup")
    with psycopg.connect(database_url) as other:
        other.execute("SELECT 1")
        ran = restore(app, file, "--replace", "--yes")
    assert (ran.exit_code, "is in use by other connections: 1. Stop" in ran.stderr) == (1, True)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda whole: whole[:-7], "part 1 does not open"),
        (lambda whole: whole[:300] + b"x" + whole[301:], "part 1 does not open"),
        (lambda _: b"not one", "not a backup of this service"),
    ],
)
def test_damaged_backup_is_not_restored(
    app: Flask, file: Path, database_url: str, damage: Callable[[bytes], bytes], words: str
) -> None:
    file.write_bytes(damage(file.read_bytes()))
    ran = restore(app, file, "--replace", "--yes")
    assert (ran.exit_code, words in ran.stderr) == (1, True)
    assert is_untouched(app, database_url)


def test_backup_of_another_key_is_not_restored(
    make_app: Callable[..., Flask], app: Flask, file: Path, database_url: str
) -> None:
    ran = restore(make_app(ENCRYPTION_KEY=OTHER), file, "--replace", "--yes")
    assert (ran.exit_code, "made with another ENCRYPTION_KEY" in ran.stderr) == (1, True)
    assert is_untouched(app, database_url)


def test_backup_of_a_newer_release_is_not_restored(app: Flask, file: Path, database_url: str) -> None:
    with app.app_context():
        newer = write_backup(file.with_name("b"), b"content", schema="9999")
    ran = restore(app, newer, "--replace", "--yes")
    assert (ran.exit_code, "its schema 9999 is not known here" in ran.stderr) == (1, True)
    assert run(app, "backup", "--verify", str(newer)).exit_code == 1
    assert is_untouched(app, database_url)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_backup_of_the_other_database_is_not_restored(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        file = write_backup(tmp_path / "a", b"content")
    ran = restore(app, file, "--replace", "--yes")
    words = "This is a backup of SQLite, and DATABASE_URL names PostgreSQL. Restore it to SQLite.\n"
    assert (ran.exit_code, words in ran.stderr) == (1, True)


def test_restore_that_fails_on_the_way_changes_nothing(
    app: Flask, file: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("the power is gone")

    monkeypatch.setattr(restore_module, "migrate_to_newest", fail)
    assert isinstance(restore(app, file, "--replace", "--yes").exception, RuntimeError)
    assert is_untouched(app, database_url)


def test_database_that_is_opened_meanwhile_is_not_replaced(
    app: Flask, file: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate = migrate_to_newest
    with closing(sqlite3.connect(path_of(database_url))) as other:

        def open_the_former() -> None:
            migrate()
            other.execute("PRAGMA journal_mode = WAL")
            other.execute("SELECT count(*) FROM accounts").fetchone()

        monkeypatch.setattr(restore_module, "migrate_to_newest", open_the_former)
        ran = restore(app, file, "--replace", "--yes")
    assert (ran.exit_code, "is in use. Stop the server" in ran.stderr) == (1, True)
    assert is_untouched(app, database_url)


def test_content_that_is_no_database_is_not_restored(app: Flask, file: Path, database_url: str) -> None:
    with app.app_context():
        import zlib

        odd = write_backup(file.with_name("b"), zlib.compress(b"no database" * 5000), schema="0008")
    assert restore(app, odd, "--replace", "--yes").exit_code == 1
    assert is_untouched(app, database_url)


def test_file_in_the_place_that_is_no_database_is_left_alone(
    app: Flask, file: Path, database_url: str
) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    place = path_of(database_url)
    place.write_bytes(b"something else entirely" * 500)
    ran = restore(app, file, "--replace", "--yes")
    assert (ran.exit_code, "is not a database of SQLite. Move it away" in ran.stderr) == (1, True)
    place.unlink()
    assert restore(app, file).exit_code == 0
    assert len(events(app, "account.created")) == 1
