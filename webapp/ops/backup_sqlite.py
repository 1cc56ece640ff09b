"""What goes into and comes out of a backup of SQLite: the database file as it stood at one moment, compressed."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import zlib
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from sqlalchemy.engine import make_url

from webapp.ops.backup_file import PART, BackupUnusable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from webapp.ops.backup_progress import Progress

_PAGES_AT_ONCE: Final = 1024
_QUICK: Final = 3


def path_of(database_url: str) -> Path:
    """The file that the setting names."""
    return Path(make_url(database_url).database or "")


def read_sqlite(database_url: str, progress: Progress) -> Iterator[bytes]:
    """The database at one moment, while others write to it. Raises BackupUnusable.

    The copy lies beside the database, where its content is anyway, and loses its name before anything is in it: however
    this process ends, it is gone with it.
    """
    database = path_of(database_url)
    try:
        descriptor, name = tempfile.mkstemp(dir=database.parent, prefix=".backup-")
    except OSError as failure:
        raise BackupUnusable(f"No copy can be made in {database.parent}: {failure.strerror}.") from None
    with os.fdopen(descriptor, "rb") as copy:
        try:
            _copy(database, Path(name), progress)
        except sqlite3.Error as failure:
            raise BackupUnusable(f"The database cannot be copied: {failure}.") from None
        finally:
            Path(name).unlink(missing_ok=True)
        size = os.fstat(copy.fileno()).st_size
        progress.begin("Encrypting", size)
        press = zlib.compressobj(_QUICK)
        for piece in progress.count(iter(lambda: copy.read(PART), b"")):
            yield press.compress(piece)
        yield press.flush()
        progress.end()


def write_sqlite(content: Iterable[bytes], path: Path) -> None:
    """Unpack a database that `read_sqlite` read into this new file, for its owner alone.

    Raises FileExistsError where anything is there.
    """
    press = zlib.decompressobj()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for piece in content:
            waiting = piece
            while waiting:
                file.write(press.decompress(waiting, PART))
                waiting = press.unconsumed_tail
        file.write(press.flush())
        file.flush()
        os.fsync(file.fileno())


def open_sqlite(path: Path, *, patience: float = 5.0) -> sqlite3.Connection:
    """A connection that makes no file and begins no transaction by itself. Raises sqlite3.Error."""
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw", uri=True, isolation_level=None, timeout=patience
    )
    connection.row_factory = sqlite3.Row
    return connection


def _copy(database: Path, draft: Path, progress: Progress) -> None:
    with closing(open_sqlite(database)) as source, closing(open_sqlite(draft)) as copy:
        # SQLite has it open now. It takes the name of no file that has none (/proc/self/fd/…, O_TMPFILE).
        draft.unlink()
        # Nobody reads this copy before it is whole, and nobody reads it after a crash.
        copy.execute("PRAGMA journal_mode = OFF")
        copy.execute("PRAGMA synchronous = OFF")
        # One snapshot for all steps, from the check on: without it, each write of others would begin the copy anew.
        source.execute("BEGIN")
        fault = source.execute("PRAGMA quick_check(1)").fetchone()[0]
        if fault != "ok":
            raise BackupUnusable(
                f"The database is damaged, so it is not backed up: {fault}. Restore an earlier backup."
            )
        page = source.execute("PRAGMA page_size").fetchone()[0]
        total = page * source.execute("PRAGMA page_count").fetchone()[0]
        progress.begin("Copying the database", total)
        source.backup(
            copy,
            pages=_PAGES_AT_ONCE,
            progress=lambda _status, remaining, pages: progress.reach(page * (pages - remaining)),
        )
        source.execute("ROLLBACK")
        progress.end()
