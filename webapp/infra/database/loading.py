"""Many rows into the database as fast as it takes them: without indexes, which are built afterwards, in order.

PostgreSQL takes them by COPY and in one transaction. SQLite takes a million rows in each, since one of gigabytes is
slow: whoever interrupts it finds the indexes built all the same.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ForeignKeyConstraint, text
from sqlalchemy.schema import AddConstraint, DropConstraint

from webapp.infra.database.registry import Base, db

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

_PRAGMAS: Final = (
    "foreign_keys = OFF",
    "synchronous = OFF",
    "cache_size = -600000",
    "temp_store = MEMORY",
    "threads = 4",
)

# Ids follow no order: each transaction writes nearly every page of the indexes that hold them.
_ROWS_AT_ONCE: Final = 1_000_000


def store_rows(
    connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """Store rows, tuples in the order of `columns`, over the connection of `loading`; moments are texts in UTC."""
    driver: Any = connection.connection.driver_connection
    names = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        if not driver.in_transaction:
            driver.execute("BEGIN IMMEDIATE")
        driver.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608
        connection.info["rows"] = connection.info.get("rows", 0) + len(rows)
        if connection.info["rows"] >= _ROWS_AT_ONCE:
            store_what_waits(connection)
    else:
        with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


@contextmanager
def loading(tables: Iterable[str]) -> Iterator[Connection]:
    """A connection for `store_rows`, with the indexes and references of these tables gone until it is done."""
    found = [Base.metadata.tables[name] for name in tables]
    # What this process keeps open, too, would keep SQLite from changing how it writes.
    db.engine.dispose()
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            with _loading_sqlite(connection, found):
                yield connection
        else:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '256MB'")
            references = [each for table in found for each in _references(table)]
            for each in references:
                connection.execute(DropConstraint(each))
            _drop_indexes(connection, found)
            yield connection
            _make_indexes(connection, found)
            for each in references:
                connection.execute(AddConstraint(each))
            connection.commit()
            connection.invalidate()
    if db.engine.dialect.name == "postgresql":
        _tidy(found)


def _tidy(tables: Sequence[Table]) -> None:
    """What the server does by itself some time after: until then it guesses how many rows there are, and looks at each
    row to see whether it may be seen.
    """
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        for table in tables:
            connection.exec_driver_sql(f"VACUUM ANALYZE {table.name}")
        connection.invalidate()


def store_what_waits(connection: Connection) -> None:
    """End the transaction that the last rows are in, before anything else is done over the connection."""
    if connection.dialect.name != "sqlite":
        return
    driver: Any = connection.connection.driver_connection
    connection.info["rows"] = 0
    if driver.in_transaction:
        driver.execute("COMMIT")


@contextmanager
def _loading_sqlite(connection: Connection, tables: Sequence[Table]) -> Iterator[None]:
    driver: Any = connection.connection.driver_connection
    for pragma in _PRAGMAS:
        driver.execute(f"PRAGMA {pragma}")
    # Written ahead, every page is written twice. It stays so where somebody else has the database open.
    with suppress(sqlite3.OperationalError):
        driver.execute("PRAGMA journal_mode = TRUNCATE")
    _drop_indexes(connection, tables)
    triggers = _drop_triggers(connection, tables)
    connection.commit()
    try:
        yield
    finally:
        store_what_waits(connection)
        _make_indexes(connection, tables)
        for statement in triggers:
            connection.exec_driver_sql(statement)
        connection.commit()
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with suppress(sqlite3.OperationalError):
            driver.execute("PRAGMA journal_mode = WAL")
        connection.invalidate()


def _drop_triggers(connection: Connection, tables: Sequence[Table]) -> list[str]:
    """How to make them again. What they keep has to be made anew by whoever loads."""
    query = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    found = [row for table in tables for row in connection.execute(query, {"table": table.name})]
    for name, _ in found:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    return [statement for _, statement in found]


def _references(table: Table) -> list[ForeignKeyConstraint]:
    return [each for each in table.constraints if isinstance(each, ForeignKeyConstraint)]


def _drop_indexes(connection: Connection, tables: Sequence[Table]) -> None:
    for table in tables:
        for index in table.indexes:
            index.drop(connection, checkfirst=True)


def _make_indexes(connection: Connection, tables: Sequence[Table]) -> None:
    for table in tables:
        for index in table.indexes:
            index.create(connection, checkfirst=True)
