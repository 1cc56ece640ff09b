"""Files in the folder of the server's user, which root may have to use by hand: restoring, migrating, backing up.

Whoever has broken into the server may lay there what it likes: a link, or another file's second name. So nothing is
written, changed in mode or given away by its name, but by the descriptor of what was opened and looked at.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from webapp.infra.database import DatabaseAway

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A link, a folder, a socket.
_NO_FILES: Final = (errno.ELOOP, errno.EISDIR, errno.ENXIO)


@contextmanager
def locked(path: Path, *, waits: bool = True) -> Iterator[None]:
    """Hold the lock on this file, which is made where it is not there, of its folder's owner, and never written to.

    Raises BlockingIOError where somebody else holds it and `waits` is not given; DatabaseAway, in words, where
    something else bears its name; OSError.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = _open(path)
    try:
        found = os.fstat(descriptor)
        if not is_plain(found):
            raise _in_the_way(path)
        # Anything in it is another file of root's, moved here to be given away.
        if found.st_size == 0:
            # In a container, root may be without that right.
            with suppress(PermissionError):
                give_to(path.parent.stat(), descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)


def give_to(owner: os.stat_result, descriptor: int) -> None:
    """Let what root has made, and opened as this, be of the owner of something else, who could not use it otherwise.

    Nothing happens where nobody is root, or the file is not root's.
    """
    if os.geteuid() == 0 and os.fstat(descriptor).st_uid == 0:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def is_plain(found: os.stat_result) -> bool:
    """A regular file with a single name: what is written to it is in no other file, too."""
    return stat.S_ISREG(found.st_mode) and found.st_nlink == 1


def is_same(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)


def has_name(path: Path, found: os.stat_result) -> bool:
    """Whether this is what bears the name now, and bears no other."""
    try:
        named = path.lstat()
    except FileNotFoundError:
        return False
    return is_same(named, found) and is_plain(named)


def leads_root_astray(path: Path) -> bool:
    """Whether root would follow a link there that somebody else has laid."""
    if os.geteuid() != 0:
        return False
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISLNK(found.st_mode) and found.st_uid != 0


def require_own_way(path: Path) -> None:
    """Raises DatabaseAway where root would follow another's link to a database: SQLite opens by name alone."""
    if leads_root_astray(path):
        raise DatabaseAway(
            "The database file is a link that root has not made, and that may lead anywhere: it is not followed. Name "
            "the file itself in DATABASE_URL, or run this as the user of the server."
        )


def _open(path: Path) -> int:
    try:
        # Not waiting: a pipe would be waited for.
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        return os.open(path, flags, 0o600)
    except OSError as failure:
        if failure.errno in _NO_FILES:
            raise _in_the_way(path) from None
        raise


def _in_the_way(path: Path) -> DatabaseAway:
    return DatabaseAway(
        f"{path} is no plain file, as a lock has to be, but a link, another file's second name, or no file at all. "
        "Find out who has laid it there, remove it, and try again."
    )
