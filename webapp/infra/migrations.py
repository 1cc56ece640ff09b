"""Bringing the database to the newest schema, by one process at a time."""

from __future__ import annotations

import contextlib
import fcntl
from typing import TYPE_CHECKING

from sqlalchemy import Index, text
from sqlalchemy.exc import DatabaseError

from webapp.config import current_settings
from webapp.infra.database import DatabaseAway, db
from webapp.infra.schema import MIGRATIONS, Schema, find_schema, newest_migration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alembic.config import Config
    from sqlalchemy.schema import SchemaItem

# Any number no other lock of this application uses.
_MIGRATION_LOCK = 7_261_000
_BEYOND = (
    "A newer release has changed the database so that this one cannot work with it. Start that release, or restore a "
    "backup of this one."
)


def migrate_to_newest() -> None:
    """Run what migrations are missing. Of several processes that start at once, one works and the others wait.

    A database that a newer release has added to is left as it is: a node of this one may be started beside those of
    the newer. Raises DatabaseAway with words for the operator: the reason, and the settings to look at.
    """
    try:
        with _alone():
            with db.engine.connect() as connection:
                found = find_schema(connection)
            if found is Schema.BEYOND:
                raise DatabaseAway(_BEYOND)
            if found is Schema.BEHIND:
                upgrade()
    except DatabaseError as failure:
        reason = str(failure.orig).partition("\n")[0].rstrip(".")
        raise DatabaseAway(f"The database cannot be opened: {reason}. Check DATABASE_URL.") from failure
    except OSError as failure:
        raise DatabaseAway(
            f"The instance folder {current_settings().instance_path} cannot be used: {failure.strerror}. "
            "Make it writable, or set INSTANCE_PATH to a folder that is."
        ) from failure


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
    with _locked_file():
        yield


def is_compared(name: str | None, kind: str, _parents: object) -> bool:
    """Whether the models are to describe it, for Alembic's comparison: not the tables of FTS5 that a migration made."""
    return kind != "table" or "_search_words" not in (name or "")


def is_missed(
    found: SchemaItem, _name: str | None, kind: str, _is_reflected: bool, counterpart: SchemaItem | None
) -> bool:
    """Whether a difference counts: an index of a kind that only PostgreSQL has is not missed elsewhere."""
    if kind != "index" or counterpart is not None or not isinstance(found, Index):
        return True
    return not found.dialect_options["postgresql"]["using"]


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
    with _locked_file():
        yield


@contextlib.contextmanager
def _locked_file() -> Iterator[None]:
    folder = current_settings().instance_path
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".migrating").open("w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
