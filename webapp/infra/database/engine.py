"""How connections are opened: SQLite's pragmas and locks, PostgreSQL's timeouts."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.engine import make_url

from webapp.infra.database.unit_of_work import BUSY_MILLISECONDS, unit_patience, unit_writes

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine


def engine_url(database_url: str) -> str:
    """`postgresql://` means psycopg 3 here."""
    url = make_url(database_url)
    if url.drivername in {"postgresql", "postgres"}:
        url = url.set(drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)


def engine_options(database_url: str) -> dict[str, Any]:
    """Options for `create_engine`: no wait is without an end.

    A process works on up to 64 requests at once. On SQLite the pool has a connection for each, on PostgreSQL 32 for all
    of them: who finds none free waits up to 5 s.
    """
    # A failed statement is logged without its values: they may be password hashes, digests or addresses.
    options: dict[str, Any] = {
        "hide_parameters": True,
        "pool_timeout": 5,
        # The same few connections are used again and again, and the others hold next to nothing.
        "pool_use_lifo": True,
    }
    if make_url(engine_url(database_url)).get_backend_name() == "postgresql":
        # -c settings bound every statement and every wait for a lock, so that a hung server costs seconds, not threads.
        options["connect_args"] = {
            "connect_timeout": 3,
            # An idle connection that a firewall has forgotten is found by the system, not by the next request.
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "options": "-c statement_timeout=15000 -c lock_timeout=7000 -c timezone=UTC",
        }
        options["pool_pre_ping"] = True
        # Fewer than requests that are worked on at once: a server of PostgreSQL's has only so many, for all processes.
        options["pool_size"], options["max_overflow"] = 16, 16
    else:
        # Connections beyond a few are for moments of crowding, and each keeps its prepared statements in memory.
        options["pool_size"], options["max_overflow"] = 8, 56
        options["connect_args"] = {
            "timeout": BUSY_MILLISECONDS / 1000,
            "check_same_thread": False,
            "cached_statements": 32,
        }
    return options


def prepare_engine(engine: Engine) -> None:
    """Make SQLite keep foreign keys, write ahead, survive a power cut and lock before it writes; bound other waits."""
    if engine.dialect.name != "sqlite":
        _watch_for_silence(engine)
        return
    _make_private(Path(engine.url.database or ":memory:"))

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:
        # The driver's own transactions begin too late to hold a read snapshot; ours are begun below.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        # A quarter of what it takes by itself, for each connection: the system has the file in memory anyway.
        cursor.execute("PRAGMA cache_size = -512")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        patience = unit_patience()
        if connection.info.get("patience", BUSY_MILLISECONDS) != patience:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {patience}")
            connection.info["patience"] = patience
        connection.exec_driver_sql("BEGIN IMMEDIATE" if unit_writes() else "BEGIN")


def give_up_on_silence(engine: Engine) -> None:
    """For a process that serves: from now on no wait for PostgreSQL is without an end."""
    if engine.dialect.name == "postgresql":
        from webapp.infra.database.silence import ANSWER_SECONDS, ServedConnection

        ServedConnection.patience = ANSWER_SECONDS


def _watch_for_silence(engine: Engine) -> None:
    # Not everybody has PostgreSQL's driver to load.
    from webapp.infra.database.silence import open_connection

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, arguments: Any, options: Any) -> Any:
        return open_connection(*arguments, **options)


def _make_private(path: Path) -> None:
    """Make a new database file that only its owner reads; SQLite gives the files beside it the same mode."""
    if path.name != ":memory:" and not path.exists():
        # A folder that is missing or closed is told by whoever opens the database, in the words for it.
        with contextlib.suppress(OSError):
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
