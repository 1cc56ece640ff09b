"""PostgreSQL's side of a restore: a new database on the same server, which takes the name in one transaction."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from webapp.core import clock
from webapp.infra.database import reason_of
from webapp.ops.backup_file import BackupUnusable
from webapp.ops.backup_postgresql import connect, write_postgresql

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST_NAME: Final = 63
_LEAVING_SECONDS: Final = 2.0
# Databases that every server has: a database cannot be renamed by whoever is connected to it.
_OTHERS: Final = ("postgres", "template1")
_USERS: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_LOCALE: Final = (
    "SELECT to_jsonb(d), pg_encoding_to_char(encoding) FROM pg_database d WHERE datname = current_database()"
)


class PostgresqlPlace:
    """Where a restore to PostgreSQL happens. The database user must own the database and may create others."""

    def __init__(self, database_url: str, kept_mark: str) -> None:
        self._url = database_url
        self.name = make_url(database_url).database or ""
        self._new = _with_end(self.name, "_restoring")
        self._kept = _with_end(self.name, f"_before_{kept_mark}")

    def require_unused(self) -> None:
        """Raises BackupUnusable while a server, or anybody else, is connected to the database."""
        until = clock.monotonic() + _LEAVING_SECONDS
        with connect(self._url) as connection:
            # Whoever has just closed a connection is counted until the server has noticed.
            while (number := _count_users(connection)) and clock.monotonic() < until:
                time.sleep(0.05)
        if number:
            raise BackupUnusable(
                f"The database {self.name} is in use by other connections: {number}. Stop the servers, and "
                "whatever else is connected, then restore again."
            )

    def fill(self, content: Iterable[bytes]) -> str:
        """Make and fill the new database; its address. Raises BackupUnusable."""
        self.discard()
        with connect(self._url) as connection:
            made_like = _options_of(connection)
            try:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} TEMPLATE template0 {}").format(
                        sql.Identifier(self._new), made_like
                    )
                )
            except psycopg.Error as failure:
                raise BackupUnusable(
                    f"The database {self._new} cannot be made beside {self.name}: {reason_of(failure)}. "
                    "The database user must be allowed to create databases: ALTER ROLE … CREATEDB."
                ) from None
        url = make_url(self._url).set(database=self._new).render_as_string(hide_password=False)
        write_postgresql(content, url)
        return url

    def discard(self) -> None:
        """Remove what an unfinished restore has left."""
        self._drop(self._new)

    def swap(self, *, keep: bool) -> str | None:
        """Give the new database the name of the old one, in one transaction; the old one's name where it is kept.

        Raises BackupUnusable, also when somebody has connected to either meanwhile.
        """
        with self._connect_beside() as connection:
            try:
                with connection.transaction():
                    for before, after in ((self.name, self._kept), (self._new, self.name)):
                        connection.execute(
                            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                                sql.Identifier(before), sql.Identifier(after)
                            )
                        )
            except psycopg.Error as failure:
                raise BackupUnusable(
                    f"The database {self.name} cannot be replaced: {reason_of(failure)}."
                ) from None
        if keep:
            return self._kept
        self._drop(self._kept)
        return None

    def _drop(self, name: str) -> None:
        with self._connect_beside() as connection:
            try:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            except psycopg.Error as failure:
                raise BackupUnusable(
                    f"The database {name} cannot be removed: {reason_of(failure)}."
                ) from None

    def _connect_beside(self) -> psycopg.Connection[tuple[object, ...]]:
        with suppress(BackupUnusable):
            return connect(self._url, _OTHERS[0])
        return connect(self._url, _OTHERS[1])


def _count_users(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    row: Any = connection.execute(_USERS).fetchone()
    return int(row[0])


def _options_of(connection: psycopg.Connection[tuple[object, ...]]) -> sql.Composed:
    """Encoding and locale of the present database, so that the new one sorts and compares as it does."""
    found = connection.execute(_LOCALE).fetchone()
    assert found is not None
    facts: Any = found[0]
    options = [
        ("ENCODING", str(found[1])),
        ("LC_COLLATE", facts["datcollate"]),
        ("LC_CTYPE", facts["datctype"]),
    ]
    # Named otherwise before PostgreSQL 17.
    locale = facts.get("datlocale") or facts.get("daticulocale")
    provider = {"i": ("icu", "ICU_LOCALE"), "b": ("builtin", "BUILTIN_LOCALE")}.get(
        facts.get("datlocprovider")
    )
    if provider is not None and locale:
        options += [("LOCALE_PROVIDER", provider[0]), (provider[1], locale)]
    return sql.SQL(" ").join(
        sql.SQL("{} {}").format(sql.SQL(name), sql.Literal(value)) for name, value in options
    )


def _with_end(name: str, end: str) -> str:
    """A name that PostgreSQL does not cut."""
    return name.encode()[: _LONGEST_NAME - len(end)].decode(errors="ignore") + end
