"""Making a backup while the service runs, and reading one through without touching anything."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy.engine import make_url

from webapp.config import current_settings
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.database import db, unit_of_work
from webapp.infra.schema import find_revisions
from webapp.ops.backup_file import BackupUnusable, Head, PartWriter, new_head, read_head, read_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from webapp.ops.backup_file import Kind
    from webapp.ops.backup_progress import Progress


# File systems without a second name for a file.
_NO_LINKS: Final = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
_MOST_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that is whole: what it says of itself, and its size in bytes."""

    head: Head
    size: int


def _reader_of(kind: Kind) -> Callable[[str, Progress], Iterator[bytes]]:
    # Every server has these commands: where none of it is needed, PostgreSQL's library is not loaded.
    if kind == "sqlite":
        from webapp.ops.backup_sqlite import read_sqlite

        return read_sqlite
    from webapp.ops.backup_postgresql import read_postgresql

    return read_postgresql


def make_backup(path: Path, progress: Progress) -> Backup:
    """Back the database up into a new file and record that. Raises BackupUnusable, DatabaseAway."""
    settings = current_settings()
    kind = database_kind(settings.database_url)
    with unit_of_work(writes=False):
        schema = next(iter(find_revisions(db.session.connection())), None)
    if schema is None:
        raise BackupUnusable("There is nothing to back up: the database is empty.")
    head = new_head(clock.now(), kind, schema)
    read = _reader_of(kind)
    with _new_file(path) as file:
        parts = PartWriter(file, head)
        for piece in read(settings.database_url, progress):
            parts.write(piece)
        parts.finish()
    size = path.stat().st_size
    with unit_of_work():
        detail = {"moment": head.made_at, "database": kind, "schema": schema, "bytes": size}
        record_event(EventName.BACKUP_MADE, detail=detail)
    return Backup(head, size)


def check_backup(path: Path, progress: Progress) -> Backup:
    """Read a backup from its first to its last part. Raises BackupUnusable when it is not whole."""
    with open_backup(path) as file:
        head, size = read_head(file), os.fstat(file.fileno()).st_size
        file.seek(0)
        progress.begin("Checking the backup", size)
        for _ in progress.count(read_parts(file)):
            pass
        progress.end()
    return Backup(head, size)


@contextmanager
def open_backup(path: Path) -> Iterator[BinaryIO]:
    """The file, to be read. Raises BackupUnusable."""
    try:
        with path.open("rb") as file:
            yield file
    except OSError as failure:
        raise BackupUnusable(f"{path} cannot be read: {failure.strerror}.") from None


def sync_folder(folder: Path) -> None:
    """See to it that the names in it are on the disk: a file's own content being there is not enough."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def database_kind(database_url: str) -> Kind:
    """Which of the two databases an address means."""
    return "sqlite" if make_url(database_url).get_backend_name() == "sqlite" else "postgresql"


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that has its name only when it is whole and on the disk. Raises BackupUnusable."""
    draft = path.with_name(f"{path.name}.part")
    try:
        _require_free(path)
        with os.fdopen(_open_draft(draft), "wb") as file:
            try:
                # Another backup may have taken the name before it gave the draft up.
                _require_free(path)
                file.truncate()
                os.fchmod(file.fileno(), 0o600)
                yield file
                file.flush()
                os.fsync(file.fileno())
                _give_name(draft, path)
            finally:
                with suppress(FileNotFoundError):
                    draft.unlink()
    except FileExistsError:
        raise _taken(path) from None
    except BlockingIOError:
        raise BackupUnusable(f"Another backup is writing {path}.") from None
    except OSError as failure:
        raise BackupUnusable(f"{path} cannot be written: {failure.strerror}.") from None


def _open_draft(draft: Path) -> int:
    """What an interrupted backup left is written over; what another one is writing, or has finished, is not.

    Raises BackupUnusable, BlockingIOError, OSError.
    """
    for _ in range(_MOST_TRIES):
        # Not waiting: a pipe without a reader would be waited for.
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
        try:
            _require_own(draft, os.fstat(descriptor))
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The backup that held the lock until now may be whole, and this the file of its final name.
            if _has_name(draft, os.fstat(descriptor)):
                _require_plain(draft, os.fstat(descriptor))
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
    raise BackupUnusable(f"{draft} is taken away again and again. Use a folder of your own.")


def _require_free(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise _taken(path)


def _has_name(draft: Path, found: os.stat_result) -> bool:
    try:
        named = draft.lstat()
    except FileNotFoundError:
        return False
    return (named.st_dev, named.st_ino) == (found.st_dev, found.st_ino)


def _require_own(draft: Path, found: os.stat_result) -> None:
    """In a folder where others write, one of theirs may have this name, which they hold open."""
    if found.st_uid != os.geteuid():
        raise _trap(draft)


def _require_plain(draft: Path, found: os.stat_result) -> None:
    """In such a folder it may be another file's second name, or no file at all."""
    if not (stat.S_ISREG(found.st_mode) and found.st_nlink == 1):
        raise _trap(draft)


def _trap(draft: Path) -> BackupUnusable:
    return BackupUnusable(
        f"{draft} is not what an earlier backup has left. Remove it, or use a folder of your own."
    )


def _taken(path: Path) -> BackupUnusable:
    return BackupUnusable(f"{path} is there already. Choose a new name: nothing is overwritten.")


def _give_name(draft: Path, path: Path) -> None:
    """Unlike renaming, this refuses a name that somebody else has taken meanwhile."""
    try:
        os.link(draft, path)
    except OSError as failure:
        if failure.errno not in _NO_LINKS:
            raise
        _require_free(path)
        draft.rename(path)
    sync_folder(path.parent)
