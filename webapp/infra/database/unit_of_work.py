"""Units of work: the only commits and rollbacks of the application.

A unit opens at the edge (a request, a command, a job) and ends there. Inside it, `let_go` gives connection and
lock back for the time of slow work, such as hashing a password.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from webapp.core.errors import Problem, Unavailable
from webapp.core.parts import part
from webapp.infra.database.registry import db

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

BUSY_MILLISECONDS = 5_000
_writes: ContextVar[bool] = ContextVar("latchkey_unit_writes", default=True)
_patience: ContextVar[int] = ContextVar("latchkey_unit_patience", default=BUSY_MILLISECONDS)


class DatabaseAway(Unavailable):
    """The database is locked, full or unreachable."""

    code = "database_unavailable"
    message = "The database cannot be reached or is busy. Nothing was lost; try again in a moment."


def unit_writes() -> bool:
    """Whether the present unit means to write. SQLite then locks first: it cannot upgrade a reader gone stale."""
    return _writes.get()


def unit_patience() -> int:
    """How many milliseconds the present unit waits for SQLite's lock."""
    return _patience.get()


@contextmanager
def unit_of_work(*, writes: bool = True, patience: int = BUSY_MILLISECONDS) -> Iterator[None]:
    """Commit on return, roll back on raise, but keep the changes of a Problem that says so.

    A database that is locked, full or away becomes `Unavailable` (503), so that nobody takes it for a refusal.
    """
    token, waits = _writes.set(writes), _patience.set(patience)
    try:
        yield
        # A unit that asked nothing of the database has no session: none is made to be committed.
        if db.session.registry.has():
            db.session.commit()
    except Problem as problem:
        _close(keep=problem.keeps_changes)
        raise
    except (OperationalError, PoolExhausted) as failure:
        db.session.rollback()
        raise DatabaseAway(retry_after=2) from failure
    except DBAPIError as failure:
        db.session.rollback()
        if failure.connection_invalidated:
            raise DatabaseAway(retry_after=2) from failure
        raise
    except BaseException:
        db.session.rollback()
        raise
    finally:
        _writes.reset(token)
        _patience.reset(waits)


@contextmanager
def reading_alone() -> Iterator[None]:
    """For questions of single rows outside of any unit (`find_row`); nothing else may be asked within."""
    token = _writes.set(False)
    try:
        yield
    finally:
        _writes.reset(token)


@contextmanager
def reading_apart() -> Iterator[Connection]:
    """A connection beside the present unit's, for what a process remembers: it sees only what is committed.

    Needs an application at work, and no context of Flask's. Raises DatabaseAway as a unit does.
    """
    token = _writes.set(False)
    try:
        with part(Engine).connect() as connection:
            yield connection
    except (OperationalError, PoolExhausted) as failure:
        raise DatabaseAway(retry_after=2) from failure
    except DBAPIError as failure:
        if failure.connection_invalidated:
            raise DatabaseAway(retry_after=2) from failure
        raise
    finally:
        _writes.reset(token)


def let_go() -> None:
    """End the present transaction with nothing pending; the next statement opens another.

    Objects stay readable as they were: decide again, by a guarded statement, on what may have moved meanwhile.
    """
    session = db.session()
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("a unit may only let go while it has nothing to write")
    session.commit()


def keep_so_far() -> None:
    """Store what this unit has done, whatever becomes of the rest; the next statement opens another transaction."""
    db.session.commit()


def undo() -> None:
    """Roll back what this unit has done so far, for an edge that answers a refusal itself."""
    db.session.rollback()


@contextmanager
def unit_aside() -> Iterator[None]:
    """Write something of its own, stored at once whatever becomes of the present unit, which may only have read so far.

    That unit goes on as it was: no lock is held for what it does next.
    """
    let_go()
    token = _writes.set(True)
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        _writes.reset(token)


def begin_writing() -> None:
    """Turn a unit that only read into one that writes. What was read may have moved: write by guarded statements."""
    if _writes.get():
        return
    let_go()
    _writes.set(True)


def begin_reading() -> None:
    """Store what this unit has done and give its locks back: until `begin_writing` it only reads."""
    keep_so_far()
    _writes.set(False)


def _close(*, keep: bool) -> None:
    if not db.session.registry.has():
        return
    if not keep:
        db.session.rollback()
        return
    try:
        db.session.commit()
    except OperationalError as failure:
        db.session.rollback()
        raise DatabaseAway(retry_after=2) from failure
