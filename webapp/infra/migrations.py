"""Bringing the database to the newest schema, by one process at a time."""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
from typing import TYPE_CHECKING

from sqlalchemy import Index, text
from sqlalchemy.exc import DatabaseError

from webapp.config import current_settings
from webapp.infra.alone import MIGRATING, locked
from webapp.infra.database import DatabaseAway, db, reason_of
from webapp.infra.schema import MIGRATIONS, Schema, find_schema, newest_migration

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from alembic.config import Config
    from sqlalchemy.schema import SchemaItem

_BEYOND = (
    "A newer release has changed the database so that this one cannot work with it. Start that release, or restore a "
    "backup of this one."
)


def migrate_to_newest(*, apart: bool = False) -> None:
    """Run what migrations are missing. Of several processes that start at once, one works and the others wait.

    `apart` runs them in a copy of this process, which must not have other threads: what Alembic takes goes with it. A
    database that a newer release has added to is left as it is: a node of this one may be started beside those of the
    newer. Raises DatabaseAway with words for the operator: the reason, and the settings to look at.
    """
    try:
        with _alone():
            with db.engine.connect() as connection:
                found = find_schema(connection)
            if found is Schema.BEYOND:
                raise DatabaseAway(_BEYOND)
            if found is Schema.BEHIND:
                run = _upgrade_apart if apart and sys.platform == "linux" else _upgrade_or_explain
                run()
    except DatabaseError as failure:
        raise DatabaseAway(
            f"The database cannot be opened: {reason_of(failure)}. Check DATABASE_URL."
        ) from failure
    except OSError as failure:
        raise DatabaseAway(
            f"The instance folder {current_settings().instance_path} cannot be used: {failure.strerror}. "
            "Make it writable, or set INSTANCE_PATH to a folder that is."
        ) from failure


def _upgrade_or_explain() -> None:
    from alembic.util import CommandError

    try:
        upgrade()
    except DatabaseError as failure:
        raise DatabaseAway(
            f"Migrating the database failed, and was taken back: {reason_of(failure)}. After an update, start the "
            "former release again, and report this."
        ) from failure
    except CommandError as failure:
        raise DatabaseAway(f"The database cannot be migrated: {failure}") from failure


def _upgrade_apart() -> None:
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor

    # SQLite's connections must not be taken into a copy. The one that holds PostgreSQL's lock is in use, and stays.
    db.engine.dispose()
    try:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as copy:
            copy.submit(_upgrade_in_copy).result()
    except BrokenExecutor as death:
        raise DatabaseAway(
            "The process that migrated the database died before it was done, perhaps for want of memory. Start again: "
            "each migration happens as a whole or not at all."
        ) from death


def _upgrade_in_copy() -> None:
    # What the other process holds is not for this one to use, nor to close.
    db.engine.dispose(close=False)
    _upgrade_or_explain()


def upgrade_alone(revision: str, *, as_sql: bool = False) -> None:
    """Run migrations up to this one while no other process migrates; or write their statements to standard output.

    Raises alembic's CommandError.
    """
    with contextlib.nullcontext() if as_sql else _alone():
        upgrade(revision, as_sql=as_sql)


def downgrade_alone(revision: str, *, as_sql: bool = False) -> None:
    """Take back what came after this migration, with the data in it, while no other process migrates.

    Raises alembic's CommandError.
    """
    with contextlib.nullcontext() if as_sql else _alone():
        downgrade(revision, as_sql=as_sql)


def upgrade(revision: str = "head", *, as_sql: bool = False) -> None:
    """Run migrations up to this one; or write their statements to standard output. Raises alembic's CommandError."""
    from alembic import command

    command.upgrade(_configuration(), revision, sql=as_sql)


def downgrade(revision: str, *, as_sql: bool = False) -> None:
    """Take back what came after this migration, with the data in it. Raises alembic's CommandError."""
    from alembic import command

    command.downgrade(_configuration(), revision, sql=as_sql)


def write_migration(message: str) -> None:
    """Begin the next migration, with what differs between the database and the models. Raises CommandError."""
    from alembic import command

    number = f"{int(newest_migration()) + 1:04}"
    command.revision(_configuration(), message, autogenerate=True, rev_id=number)


def _configuration() -> Config:
    # Alembic is loaded where something is to be done: a process that serves has no use for it.
    from alembic.config import Config

    found = Config(str(MIGRATIONS / "alembic.ini"))
    # A percent sign would begin the name of another option.
    found.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return found


@contextlib.contextmanager
def held_from_starting() -> Iterator[None]:
    """Let no server on this database file start until this ends: each migrates first, and waits for its turn."""
    with locked(_lock_path()):
        yield


def is_compared(name: str | None, kind: str, _parents: object) -> bool:
    """Whether the models are to describe it, for Alembic's comparison: not the tables of FTS5 that a migration made."""
    return kind != "table" or "_search_words" not in (name or "")


def is_compared_object(
    found: SchemaItem, _name: str | None, _kind: str, _is_reflected: bool, _counterpart: SchemaItem | None
) -> bool:
    """Whether Alembic is to compare it: on another database not an index of a kind that only PostgreSQL has."""
    if db.engine.dialect.name == "postgresql" or not isinstance(found, Index):
        return True
    return not found.dialect_options["postgresql"]["using"]


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection:
            # The wait for another node's migration may be long; the bound of ordinary statements does not apply.
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("SET lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATING})
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATING})
                connection.invalidate()
        return
    with locked(_lock_path()):
        yield


def _lock_path() -> Path:
    return current_settings().instance_path / ".migrating"
