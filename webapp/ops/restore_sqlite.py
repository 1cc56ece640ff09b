"""SQLite's side of a restore: a new file beside the database, which takes its place in one step."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url

from webapp.infra.migrations import held_from_starting
from webapp.ops.backup import sync_folder
from webapp.ops.backup_file import BackupUnusable
from webapp.ops.backup_sqlite import open_sqlite, path_of, write_sqlite

if TYPE_CHECKING:
    from collections.abc import Iterable

_COMPANIONS = ("-wal", "-shm", "-journal")


class SqlitePlace:
    """Where a restore to SQLite happens. `kept_mark` ends the name under which the former database is kept."""

    def __init__(self, database_url: str, kept_mark: str) -> None:
        self._url = database_url
        self._path = path_of(database_url)
        self._new = self._path.with_name(f"{self._path.name}.restoring")
        self._kept = self._path.with_name(f"{self._path.name}.before-{kept_mark}")

    @property
    def name(self) -> str:
        """The database as people know it."""
        return str(self._path)

    def require_unused(self) -> None:
        """Raises BackupUnusable while a server, or anybody else, has the database open."""
        if not self._path.exists():
            return
        try:
            _make_single(self._path)
        except sqlite3.OperationalError:
            raise BackupUnusable(
                f"{self._path} is in use. Stop the server, and whatever else has it open, then restore again."
            ) from None
        except sqlite3.DatabaseError:
            raise BackupUnusable(
                f"{self._path} is not a database of SQLite. Move it away, then restore again."
            ) from None

    def fill(self, content: Iterable[bytes]) -> str:
        """Write the new file; the address of the database in it. Raises BackupUnusable."""
        self.discard()
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_sqlite(content, self._new)
        except OSError as failure:
            raise BackupUnusable(f"{self._new} cannot be written: {failure.strerror}.") from None
        return make_url(self._url).set(database=str(self._new)).render_as_string(hide_password=False)

    def discard(self) -> None:
        """Remove what an unfinished restore has left."""
        for end in ("", *_COMPANIONS):
            with suppress(FileNotFoundError):
                Path(f"{self._new}{end}").unlink()

    def swap(self, *, keep: bool) -> str | None:
        """Put the new file in the place of the database; the name of the former one where it is kept.

        A server that starts meanwhile waits. Raises BackupUnusable.
        """
        _make_single(self._new)
        with held_from_starting():
            self.require_unused()
            is_kept = keep and self._path.exists()
            try:
                # One that is not worth keeping was made by the command itself, empty.
                if is_kept:
                    self._new.chmod(stat.S_IMODE(self._path.stat().st_mode))
                    # A second name for it: at no moment is there no database.
                    os.link(self._path, self._kept)
                self._new.replace(self._path)
                sync_folder(self._path.parent)
            except OSError as failure:
                raise BackupUnusable(f"{self._path} cannot be replaced: {failure.strerror}.") from None
        return str(self._kept) if is_kept else None


def _make_single(path: Path) -> None:
    """Take what waits beside the file into it. Raises OperationalError while anybody else has it open."""
    with closing(open_sqlite(path, patience=0)) as connection:
        # Leaving write-ahead logging needs the database for oneself.
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()
