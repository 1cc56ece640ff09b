"""PostgreSQL databases lent to one test after another: emptying one costs a hundredth of making one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from psycopg import Connection

    from tests.servers.postgres import PostgresServer

# All that a test could have changed of the schema, in one text. A row of these catalogues that is altered is written
# anew, and so has another xmin.
SCHEMA = """
SELECT string_agg(entry, ' ' ORDER BY entry) FROM (
    SELECT concat_ws(' ', 'relation', c.oid, c.xmin) AS entry FROM pg_class c
        WHERE relnamespace = 'public'::regnamespace AND relkind <> 'i'
    UNION ALL SELECT concat_ws(' ', 'index', indexrelid, xmin) FROM pg_index WHERE indrelid >= 16384
    UNION ALL SELECT concat_ws(' ', 'column', attrelid, attnum, xmin) FROM pg_attribute WHERE attrelid >= 16384
    UNION ALL SELECT concat_ws(' ', 'constraint', oid, xmin) FROM pg_constraint WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', 'trigger', oid, xmin) FROM pg_trigger
    UNION ALL SELECT concat_ws(' ', 'routine', oid, xmin) FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', 'setting', setdatabase, setrole, setconfig) FROM pg_db_role_setting
) AS entries
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
SEQUENCES = "SELECT sequencename, coalesce(last_value, start_value), last_value IS NOT NULL FROM pg_sequences"
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


class LentDatabases:
    """A worker's databases: copies of one template, each as new when it is lent."""

    def __init__(self, server: PostgresServer, template: str) -> None:
        self._server = server
        self._template = template
        self._free: list[str] = []
        self._schemas: dict[str, str] = {}
        self._content: dict[str, bytes] = {}
        self._sequences: list[tuple[object, ...]] = []

    def lend(self) -> str:
        """The name of a database that holds what the template holds, and is used by nobody else."""
        if self._free:
            return self._free.pop()
        name = self._server.make_database(self._template)
        with self._open(name) as connection:
            self._schemas[name] = _one(connection, SCHEMA)
            if not self._content:
                self._content = {table: _read(connection, table) for table in _names(connection, TABLES)}
                self._sequences = connection.execute(SEQUENCES).fetchall()
        return name

    def take_back(self, name: str) -> None:
        """Make it as new for the next test; one whose schema was changed, or that somebody holds, is thrown away."""
        try:
            with self._open(name) as connection:
                fresh = self._restore(connection) and _one(connection, SCHEMA) == self._schemas[name]
        except psycopg.Error:
            fresh = False
        if fresh:
            self._free.append(name)
        else:
            self._server.drop_database(name)

    def _open(self, name: str) -> Connection[tuple[object, ...]]:
        return psycopg.connect(self._server.url_of(name), autocommit=True, options="-c lock_timeout=3000")

    def _restore(self, connection: Connection[tuple[object, ...]]) -> bool:
        connection.execute(f"SELECT pg_terminate_backend(pid, 3000) {OTHERS}")
        if _names(connection, TABLES) != list(self._content):
            return False
        # Rows go and come without their foreign keys being looked at, so in any order.
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")
            for table, rows in self._content.items():
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
                if rows:
                    _write(connection, table, rows)
            for sequence in self._sequences:
                connection.execute("SELECT setval(%s, %s, %s)", sequence)
        return True


def _names(connection: Connection[tuple[object, ...]], query: str) -> list[str]:
    return [str(row[0]) for row in connection.execute(query)]


def _one(connection: Connection[tuple[object, ...]], query: str) -> str:
    row = connection.execute(query).fetchone()
    assert row is not None
    return str(row[0])


def _write(connection: Connection[tuple[object, ...]], table: str, rows: bytes) -> None:
    with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
        copy.write(rows)


def _read(connection: Connection[tuple[object, ...]], table: str) -> bytes:
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
        return b"".join(bytes(piece) for piece in copy)
