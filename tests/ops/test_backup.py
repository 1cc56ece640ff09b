"""`flask backup`: while others write, into a new private file that is whole or not there."""

from __future__ import annotations

import json
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.admin.console import events
from tests.cli.test_account_commands import run
from tests.make import make_account
from tests.ops.backup_world import back_up, put_programs_on_path, write_backup
from webapp.ops import backup_sqlite
from webapp.ops.backup import make_backup
from webapp.ops.backup_file import BackupUnusable, read_parts
from webapp.ops.backup_progress import Progress
from webapp.ops.backup_sqlite import path_of, write_sqlite

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask


@pytest.mark.database
def test_backup_is_private_says_what_it_is_and_is_recorded(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_kind: str
) -> None:
    put_programs_on_path(monkeypatch)
    bob = make_account(app, "bob")
    file = back_up(app, tmp_path / "a.backup")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"bob@example.org" not in file.read_bytes()
    ran = run(app, "backup", "--verify", str(file))
    kind = "SQLite" if database_kind == "sqlite" else "PostgreSQL"
    assert (ran.exit_code, f"is whole. {kind} as of 20" in ran.stdout) == (0, True)
    (event,) = events(app, "backup.made")
    assert (event.via, json.loads(event.detail)["bytes"]) == ("command", file.stat().st_size)
    assert bob.id not in event.detail


class Busy(Progress):
    """Others write at each step of the copy."""

    def __init__(self, database: Path) -> None:
        super().__init__()
        self.database, self.writes = database, 0
        self.copies: set[Path] = set()

    def reach(self, amount: int) -> None:
        super().reach(amount)
        self.copies.update(self.database.parent.glob(".backup-*"))
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(
                "INSERT INTO figures (name, value, counted_at) VALUES (?, 0, '2026-01-01')",
                (f"f{self.writes}",),
            )
            self.writes += 1


def test_backup_of_sqlite_is_of_one_moment_while_others_write(
    app: Flask, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_sqlite, "_PAGES_AT_ONCE", 10)
    make_account(app, "bob")
    busy = Busy(path_of(database_url))
    with app.app_context():
        make_backup(tmp_path / "a.backup", busy)
        with (tmp_path / "a.backup").open("rb") as file:
            write_sqlite(read_parts(file), tmp_path / "copy.db")
    assert busy.writes > 10
    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection:
        assert connection.execute("SELECT count(*) FROM figures WHERE name LIKE 'f%'").fetchone() == (0,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT username FROM accounts").fetchall() == [("bob",)]
    # However it ends, by SIGKILL too, no copy is left: while it is being made, it has no name any more.
    assert busy.copies == set()


def test_backup_overwrites_nothing(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "a.backup"
    file.write_text("mine")
    ran = run(app, "backup", str(file))
    assert (ran.exit_code, file.read_text()) == (1, "mine")
    assert ran.stderr == f"{file} is there already. Choose a new name: nothing is overwritten.\n"


def test_backup_that_fails_leaves_no_file(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise BackupUnusable("The disk is gone.")

    folder = tmp_path / "backups"
    folder.mkdir()
    # What an interrupted backup left is in nobody's way.
    (folder / "a.backup.part").write_bytes(b"half of one")
    monkeypatch.setattr(backup_sqlite, "_copy", fail)
    ran = run(app, "backup", str(folder / "a.backup"))
    assert (ran.exit_code, ran.stderr) == (1, "The disk is gone.\n")
    assert (list(folder.iterdir()), events(app, "backup.made")) == ([], [])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere/a.backup",), "nowhere/a.backup cannot be written: No such file or directory.\n"),
        (("--verify", "nowhere/a.backup"), "nowhere/a.backup cannot be read: No such file or directory.\n"),
        (("--verify", "/"), "/ cannot be read: Is a directory.\n"),
    ],
)
def test_backup_says_which_file_cannot_be_used(app: Flask, arguments: tuple[str, ...], words: str) -> None:
    ran = run(app, "backup", *arguments)
    assert (ran.exit_code, ran.stderr) == (1, words)


def test_backup_of_a_damaged_database_is_refused(app: Flask, database_url: str, tmp_path: Path) -> None:
    make_account(app, "bob")
    with app.app_context():
        from webapp.infra.database import db

        db.session.remove()
        db.engine.dispose()
    database = path_of(database_url)
    whole = database.read_bytes()
    # Pages of indexes, which nothing reads before the check does.
    database.write_bytes(whole[:-40960] + b"\xff" * 40960)
    ran = run(app, "backup", str(tmp_path / "a.backup"))
    assert ran.exit_code == 1
    assert not (tmp_path / "a.backup").exists()
    assert "The database cannot be" in ran.stderr or "The database is damaged" in ran.stderr


def test_verifying_a_damaged_backup_is_exit_status_1(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        file = write_backup(tmp_path / "a", b"content")
    file.write_bytes(file.read_bytes()[:-1])
    ran = run(app, "backup", "--verify", str(file))
    assert (ran.exit_code, "part 1 does not open" in ran.stderr) == (1, True)
