"""One row for a question that every call asks, without the price of a transaction and of object mapping.

Such a question is one statement, and sees one state of the database by itself. A unit that means to write asks it
inside its transaction all the same: what it writes rests on the answer. A change of one row that is all that its unit
writes is a transaction by itself, too.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from webapp.core import clock
from webapp.core.parts import part
from webapp.infra.database.registry import db
from webapp.infra.database.unit_of_work import DatabaseAway, begin_writing, unit_writes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Select, Update
    from sqlalchemy.engine import Dialect, Engine

# Each is held for some microseconds, so that this many serve any crowd.
_CONNECTIONS: Final = 8
_PATIENCE_SECONDS: Final = 5.0
# Unused for longer, it is opened anew: a firewall may have forgotten it, which one finds out by waiting in vain.
_IDLE_SECONDS: Final = 60.0
# By its name: not everybody has PostgreSQL's driver to load.
_SILENT: Final = "DatabaseSilent"


def find_row(statement: Select[*tuple[Any, ...]], **values: str) -> tuple[Any, ...] | None:
    """The one row of a statement that was made once, at import; None when there is none. Raises DatabaseAway."""
    if not unit_writes():
        return part(SingleRows).find(statement, values)
    row = db.session.execute(statement, values).one_or_none()
    return None if row is None else tuple(row)


def change_row(statement: Update, values: Mapping[str, object]) -> bool:
    """Whether a statement that was made once changed one row. Raises DatabaseAway.

    In a unit that has asked for single rows only it is stored at once, whatever becomes of the unit: it must be all
    that belongs together. And it must be guarded by what was read: it is tried again after a lost connection.
    """
    if not unit_writes() and not db.session.registry.has():
        return part(SingleRows).change(statement, values)
    begin_writing()
    return bool(db.session.execute(statement, dict(values)).rowcount == 1)  # type: ignore[attr-defined]


class SingleRows:
    """Asks the database over a few connections of its own, each statement for itself (autocommit)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        driver = engine.dialect.loaded_dbapi
        self._failures = (driver.OperationalError, driver.InterfaceError, DBAPIError, PoolExhausted)
        self._questions: dict[Select[*tuple[Any, ...]], _Question] = {}
        self._changes: dict[Update, _Change] = {}
        self._connections = _Places(_CONNECTIONS)
        # Apart from the others, which must not wait for a lock. SQLite has one writer: a queue is fairer than its lock.
        self._writers = _Places(1 if engine.dialect.name == "sqlite" else _CONNECTIONS)
        self._disposals = 0
        event.listen(engine, "engine_disposed", self._close_all)

    def find(
        self, statement: Select[*tuple[Any, ...]], values: Mapping[str, object]
    ) -> tuple[Any, ...] | None:
        """The row, its values in the types of its columns. Raises DatabaseAway."""
        question = self._questions.get(statement)
        if question is None:
            question = self._questions[statement] = _Question(statement, values, self._engine)
        found: tuple[Any, ...] | None = self._run(self._connections, question.ask, values)
        return found

    def change(self, statement: Update, values: Mapping[str, object]) -> bool:
        """Whether one row was changed, which is stored then. Raises DatabaseAway."""
        change = self._changes.get(statement)
        if change is None:
            change = self._changes[statement] = _Change(statement, self._engine)
        return bool(self._run(self._writers, change.make, values) == 1)

    def _run(
        self,
        places: _Places,
        run: Callable[[Any, Mapping[str, object]], Any],
        values: Mapping[str, object],
    ) -> Any:
        kept = connection = places.take()
        disposals = self._disposals
        try:
            connection = connection or self._open()
            return run(connection, values)
        except self._failures as failure:
            is_worn = kept is not None and self._engine.dialect.is_disconnect(failure, kept, None)  # type: ignore[arg-type]
            if connection is not None:
                connection.close()
                connection = None
            if type(failure).__name__ == _SILENT:
                # The others go the same way: nobody else should wait for each of them in turn.
                self._close_all(self._engine)
                is_worn = False
            if not is_worn:
                raise DatabaseAway(retry_after=2) from failure
        finally:
            if connection is not None and disposals != self._disposals:
                # The engine was let go of meanwhile, and all its connections with it.
                connection.close()
                connection = None
            places.give_back(connection)
        # It was kept while the database restarted, which says nothing about the database now.
        return self._run(places, run, values)

    def _open(self) -> Any:
        """A connection as the pool makes them, with all that the engine's listeners set, that the pool forgets."""
        pooled = self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        if self._engine.dialect.name == "postgresql":
            connection.autocommit = True
        return connection

    def _close_all(self, _engine: Engine) -> None:
        self._disposals += 1
        for places in (self._connections, self._writers):
            for connection in places.empty():
                connection.close()


class _Places:
    """So many may hold a connection at once. Whoever comes takes the one that was given back last, so that few are
    opened and stay warm; None where all that are open are taken, or there is none yet.
    """

    def __init__(self, number: int) -> None:
        # A queue of turns: it does what a semaphore does, at a twentieth of its cost.
        self._turns: SimpleQueue[None] = SimpleQueue()
        # Connections, and when each was given back; the last of them last.
        self._idle: deque[tuple[Any, float]] = deque()
        for _ in range(number):
            self._turns.put(None)

    @property
    def free(self) -> int:
        """How many more may come at this moment."""
        return self._turns.qsize()

    def take(self) -> Any:
        """A connection or None. Raises DatabaseAway when nobody gives a place back in time."""
        try:
            self._turns.get(timeout=_PATIENCE_SECONDS)
        except Empty as crowd:
            raise DatabaseAway(retry_after=2) from crowd
        # Looking and taking are one step: of two who come at once, each gets another one.
        try:
            connection, since = self._idle.pop()
        except IndexError:
            return None
        if clock.monotonic() - since < _IDLE_SECONDS:
            return connection
        # Those below it have waited for longer still.
        for each in (connection, *self.empty()):
            each.close()
        return None

    def give_back(self, connection: Any) -> None:
        """The place, and the connection if there is still one. What a crowd has left behind is closed after a while."""
        if connection is not None:
            now = clock.monotonic()
            self._idle.append((connection, now))
            with suppress(IndexError):
                while now - self._idle[0][1] >= _IDLE_SECONDS:
                    self._idle.popleft()[0].close()
        self._turns.put(None)

    def empty(self) -> list[Any]:
        """The connections that nobody holds, which are no longer here; the places stay."""
        idle = []
        with suppress(IndexError):
            while True:
                idle.append(self._idle.pop()[0])
        return idle


def _named_dialect(engine: Engine) -> Dialect:
    """Values by name, as PostgreSQL's driver takes them anyway."""
    return sqlite.dialect(paramstyle="named") if engine.dialect.name == "sqlite" else engine.dialect


class _Question:
    """A statement as the driver takes it, and how what it finds becomes the values of the columns."""

    def __init__(
        self, statement: Select[*tuple[Any, ...]], values: Mapping[str, object], engine: Engine
    ) -> None:
        dialect = _named_dialect(engine)
        whole = statement.compile(dialect=dialect).construct_expanded_state(dict(values))
        self._text, self._constants = whole.statement, dict(whole.parameters)
        readers = [
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in statement.selected_columns
        ]
        # Most values are as the driver gives them.
        self._readers = [(place, read) for place, read in enumerate(readers) if read is not None]

    def ask(self, connection: Any, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        row = connection.execute(self._text, {**self._constants, **values}).fetchone()
        if row is None:
            return None
        found = list(row)
        for place, read in self._readers:
            found[place] = read(row[place])
        return tuple(found)


class _Change:
    """The same for a statement that changes a row: its values become what the driver takes."""

    def __init__(self, statement: Update, engine: Engine) -> None:
        dialect = _named_dialect(engine)
        compiled: Any = statement.compile(dialect=dialect)
        self._text = str(compiled)
        writers = {
            name: value.type.dialect_impl(dialect).bind_processor(dialect)
            for name, value in compiled.binds.items()
        }
        self._writers = {name: write for name, write in writers.items() if write is not None}

    def make(self, connection: Any, values: Mapping[str, object]) -> int:
        written = dict(values)
        for name, write in self._writers.items():
            written[name] = write(written[name])
        return int(connection.execute(self._text, written).rowcount)
