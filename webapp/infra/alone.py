"""Work that one process does at a time, on whichever node, and that nobody waits for."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING, Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from webapp.config import current_settings
from webapp.infra.database import DatabaseAway, db

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What locks go by, on PostgreSQL among all that use the database: each has a number of its own, which stays as it is,
# since nodes of several releases work side by side.
MIGRATING: Final = 7_261_000
MAINTENANCE: Final = 7_261_001
SIGNING_KEYS: Final = 7_261_002


@contextlib.contextmanager
def try_alone(lock: int) -> Iterator[bool]:
    """Whether nobody else is at it; if so, nobody else will be until this ends. Raises DatabaseAway.

    On PostgreSQL an advisory lock, which ends with its connection; else a lock on a file, which ends with its process.
    """
    if db.engine.dialect.name == "postgresql":
        with _on_postgresql(lock) as is_mine:
            yield is_mine
        return
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(locked(current_settings().instance_path / f".lock-{lock}", waits=False))
        except BlockingIOError:
            is_mine = False
        else:
            is_mine = True
        yield is_mine


@contextlib.contextmanager
def locked(path: Path, *, waits: bool = True) -> Iterator[None]:
    """Hold the lock on this file, which is made where it is not there, for its owner alone, and never written to.

    Raises BlockingIOError where somebody else holds it and `waits` is not given; OSError.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _on_postgresql(lock: int) -> Iterator[bool]:
    try:
        connection = db.engine.connect()
    except OperationalError as failure:
        raise DatabaseAway(retry_after=2) from failure
    with connection:
        # Without a transaction, so that waiting here keeps no vacuum from its work.
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        is_mine = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": lock}))
        try:
            yield is_mine
        finally:
            # Let go of by itself: the server takes a moment to notice that the connection is gone.
            if is_mine:
                with contextlib.suppress(DBAPIError):
                    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": lock})
            # And with the connection, also where the server has gone meanwhile.
            connection.invalidate()
