"""One row for a question that every call asks, without the price of a transaction and of object mapping.

Such a question is one statement, and sees one state of the database by itself. A unit that means to write asks it
inside its transaction all the same: what it writes rests on the answer.
"""

from __future__ import annotations

from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from webapp.core.parts import part
from webapp.infra.database.registry import db
from webapp.infra.database.unit_of_work import DatabaseAway, unit_writes

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.engine import Engine

# Each is held for some microseconds, so that this many serve any crowd.
_CONNECTIONS: Final = 8
_PATIENCE_SECONDS: Final = 5.0


def find_row(statement: Select[*tuple[Any, ...]], **values: str) -> tuple[Any, ...] | None:
    """The one row of a statement that was made once, at import; None when there is none. Raises DatabaseAway."""
    if not unit_writes():
        return part(SingleRows).find(statement, values)
    row = db.session.execute(statement, values).one_or_none()
    return None if row is None else tuple(row)


class SingleRows:
    """Asks the database over a few connections of its own, each statement for itself (autocommit)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        driver = engine.dialect.loaded_dbapi
        self._failures = (driver.OperationalError, driver.InterfaceError, DBAPIError, PoolExhausted)
        self._questions: dict[Select[*tuple[Any, ...]], _Question] = {}
        # They take turns; a place that was never needed, or whose connection failed, holds None.
        self._connections: SimpleQueue[Any] = SimpleQueue()
        for _ in range(_CONNECTIONS):
            self._connections.put(None)
        event.listen(engine, "engine_disposed", self._close_all)

    def find(self, statement: Select[*tuple[Any, ...]], values: dict[str, str]) -> tuple[Any, ...] | None:
        """The row, its values in the types of its columns. Raises DatabaseAway."""
        question = self._questions.get(statement)
        if question is None:
            question = self._questions[statement] = _Question(statement, values, self._engine)
        kept = connection = self._take()
        try:
            connection = connection or self._open()
            return question.ask(connection, values)
        except self._failures as failure:
            is_worn = kept is not None and self._engine.dialect.is_disconnect(failure, kept, None)  # type: ignore[arg-type]
            if connection is not None:
                connection.close()
                connection = None
            if not is_worn:
                raise DatabaseAway(retry_after=2) from failure
        finally:
            self._connections.put(connection)
        # It was kept while the database restarted, which says nothing about the database now.
        return self.find(statement, values)

    def _take(self) -> Any:
        try:
            return self._connections.get(timeout=_PATIENCE_SECONDS)
        except Empty as crowd:
            raise DatabaseAway(retry_after=2) from crowd

    def _open(self) -> Any:
        """A connection as the pool makes them, with all that the engine's listeners set, that the pool forgets."""
        pooled = self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        if self._engine.dialect.name == "postgresql":
            connection.autocommit = True
        return connection

    def _close_all(self, _engine: Engine) -> None:
        idle = []
        with suppress(Empty):
            while True:
                idle.append(self._connections.get_nowait())
        for connection in idle:
            if connection is not None:
                connection.close()
            self._connections.put(None)


class _Question:
    """A statement as the driver takes it, and how what it finds becomes the values of the columns."""

    def __init__(self, statement: Select[*tuple[Any, ...]], values: dict[str, str], engine: Engine) -> None:
        # Values by name, as PostgreSQL's driver takes them anyway.
        dialect = sqlite.dialect(paramstyle="named") if engine.dialect.name == "sqlite" else engine.dialect
        whole = statement.compile(dialect=dialect).construct_expanded_state(values)
        self._text, self._constants = whole.statement, dict(whole.parameters)
        self._readers = [
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in statement.selected_columns
        ]

    def ask(self, connection: Any, values: dict[str, str]) -> tuple[Any, ...] | None:
        row = connection.execute(self._text, self._constants | values).fetchone()
        if row is None:
            return None
        return tuple(
            [value if read is None else read(value) for read, value in zip(self._readers, row, strict=True)]
        )
