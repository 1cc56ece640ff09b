"""Whether the database's schema is one that this release can work with.

Migrations are numbered, and expand before they contract: what they add, the release before does without. So a node of
that release goes on while the next one is being rolled out, and knows it by looking: all that it uses is still there,
and nothing new asks for a value that it would not give.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import inspect, text

from webapp.config.load import PROJECT_ROOT
from webapp.infra.database import Base

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection


MIGRATIONS: Final = PROJECT_ROOT / "migrations"


class Schema(Enum):
    """How the database stands to this release's migrations."""

    CURRENT = "at the newest of them"
    BEHIND = "some are missing, or nobody knows which"
    AHEAD = "a newer release has added to it, and this one can go on"
    BEYOND = "a newer release has changed it so that this one cannot work with it"


def find_schema(connection: Connection) -> Schema:
    """How the database stands that this connection reads. Raises SQLAlchemyError when the database is lost."""
    head, found = newest_migration(), find_revisions(connection)
    if found == [head]:
        return Schema.CURRENT
    if len(found) != 1 or not found[0].isdecimal() or int(found[0]) <= int(head):
        return Schema.BEHIND
    return Schema.AHEAD if list_lacks(_read_columns(connection)) == [] else Schema.BEYOND


def newest_migration() -> str:
    """The number of the newest migration of this release."""
    return max(known_migrations())


@lru_cache(maxsize=1)
def known_migrations() -> frozenset[str]:
    """The numbers of all migrations of this release, of four digits: a file begins with its own."""
    return frozenset(file.name[:4] for file in (MIGRATIONS / "versions").glob("[0-9][0-9][0-9][0-9]_*.py"))


def list_lacks(columns: dict[str, Sequence[Any]]) -> list[str]:
    """What keeps this release from working with these tables, each with its columns as they were reflected.

    A table or column that it uses and that is gone, or a new column that wants a value with each new row.
    """
    lacks = []
    for table in Base.metadata.sorted_tables:
        there = {each["name"]: each for each in columns.get(table.name, ())}
        ours = {each.name for each in table.columns}
        lacks += [f"{table.name}.{name}" for name in sorted(ours - there.keys())]
        lacks += [
            f"{table.name}.{name}"
            for name, column in sorted(there.items())
            if name not in ours and not (column["nullable"] or column["default"] or column.get("computed"))
        ]
    return lacks


def find_revisions(connection: Connection) -> list[str]:
    """The migrations that a database is at: one, as a rule; none where nobody has migrated it.

    Raises SQLAlchemyError when the database is lost.
    """
    if not inspect(connection).has_table("alembic_version"):
        return []
    return [str(each) for each in connection.scalars(text("SELECT version_num FROM alembic_version"))]


def _read_columns(connection: Connection) -> dict[str, Sequence[Any]]:
    names = [table.name for table in Base.metadata.sorted_tables]
    found = inspect(connection).get_multi_columns(filter_names=names)
    return {name: columns for (_, name), columns in found.items()}
