"""Looks for the key of a connection in a database: in every value of every row, and in the bytes of its files."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from tests.servers.canary import has_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SQLITE = "sqlite:///"
_TABLES_OF_SQLITE = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
_TABLES_OF_POSTGRES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


def find_in_database(url: str) -> list[str]:
    """The tables in which a form of the key stands. A database that is gone has none."""
    tables = _tables_of_sqlite(url) if url.startswith(_SQLITE) else _tables_of_postgres(url)
    with suppress(psycopg.OperationalError):
        return [f"the table {table}" for table, rows in tables if has_key(_as_bytes(rows))]
    return []


def find_in_files(folder: Path) -> list[str]:
    """The files in which a form of the key stands: also in what a database has deleted, or not yet moved into place."""
    files = [each for each in folder.rglob("*") if each.is_file()]
    return [f"the file {each.relative_to(folder)}" for each in files if has_key(_content(each))]


def _tables_of_sqlite(url: str) -> Iterator[tuple[str, Iterable[tuple[object, ...]]]]:
    file = Path(url.removeprefix(_SQLITE))
    if not file.exists():
        return
    # Only to read: closing must not move the log of writes, which the test may still look at.
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        connection.text_factory = bytes
        for (name,) in connection.execute(_TABLES_OF_SQLITE).fetchall():
            table = name.decode()
            yield table, connection.execute(f'SELECT * FROM "{table}"')


def _tables_of_postgres(url: str) -> Iterator[tuple[str, Iterable[tuple[object, ...]]]]:
    with psycopg.connect(url) as connection:
        for (table,) in connection.execute(_TABLES_OF_POSTGRES).fetchall():
            yield table, connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))


def _content(file: Path) -> bytes:
    """Nothing where it went away meanwhile, as a database's log of writes does."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


def _as_bytes(rows: Iterable[tuple[object, ...]]) -> bytes:
    values = (value for row in rows for value in row if value is not None)
    return b"\x00".join(value if isinstance(value, bytes) else str(value).encode() for value in values)
