"""Bringing the database to the newest schema, by one process at a time."""

from __future__ import annotations

import contextlib
import fcntl
from typing import TYPE_CHECKING

from flask_migrate import upgrade
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from webapp.config import current_settings
from webapp.infra.database import DatabaseAway, db

if TYPE_CHECKING:
    from collections.abc import Iterator

# Any number no other lock of this application uses.
_MIGRATION_LOCK = 7_261_000


def migrate_to_newest() -> None:
    """Run what migrations are missing. Of several processes that start at once, one works and the others wait."""
    try:
        with _alone():
            upgrade()
    except OperationalError as failure:
        raise DatabaseAway from failure


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection:
            # The wait for another node's migration may be long; the bound of ordinary statements does not apply.
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("SET lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _MIGRATION_LOCK})
                connection.invalidate()
        return
    folder = current_settings().instance_path
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".migrating").open("w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
