"""Every query about the use of connections. Each follows an index, however many calls are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, func, insert, select

from webapp.connections.models import Connection, ConnectionCall, ConnectionHour
from webapp.infra.database import db, insert_or

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

BOUNDS: Final = (100, 300, 1000, 3000)
"""Milliseconds; the columns `under_…` count the calls whose answer began within each."""
SUMS: Final = (
    "calls",
    "errors",
    "sent_bytes",
    "answered_bytes",
    "milliseconds",
    *(f"under_{each}" for each in BOUNDS),
)
_CALL: Final = ConnectionCall
_HOUR: Final = ConnectionHour
_HOURS: Final[Any] = ConnectionHour.__table__


def add_call(values: Mapping[str, object]) -> None:
    """Store a call."""
    db.session.execute(insert(_CALL).values(**values))


def add_to_hour(connection_id: str, account_id: str, hour: datetime, sums: Mapping[str, int]) -> None:
    """Add to the sums of a person's hour; many at once all count."""
    statement = insert_or(_HOUR).values(connection_id=connection_id, account_id=account_id, hour=hour, **sums)
    added = {name: getattr(_HOUR, name) + statement.excluded[name] for name in SUMS}
    key = [_HOUR.connection_id, _HOUR.hour, _HOUR.account_id]
    db.session.execute(statement.on_conflict_do_update(index_elements=key, set_=added))


def sums_by_hour(connection_id: str, since: datetime) -> Iterator[tuple[datetime, dict[str, int]]]:
    """The sums of each hour in which somebody used it, oldest first."""
    query = (
        select(_HOUR.hour, *_sums())
        .where(_HOUR.connection_id == connection_id, _HOUR.hour >= since)
        .group_by(_HOUR.hour)
        .order_by(_HOUR.hour)
    )
    for hour, *sums in db.session.execute(query):
        yield hour, _counted(sums)


def hours_of(account_id: str, since: datetime) -> Iterator[tuple[datetime, str, dict[str, int]]]:
    """A person's hours with the connection's name, oldest first."""
    query = (
        select(_HOUR.hour, Connection.name, *(getattr(_HOUR, name) for name in SUMS))
        .join(Connection, Connection.id == _HOUR.connection_id)
        .where(_HOUR.account_id == account_id, _HOUR.hour >= since)
        .order_by(_HOUR.hour, Connection.name)
    )
    for hour, name, *sums in db.session.execute(query):
        yield hour, name, _counted(sums)


def count_by_connection(since: datetime) -> dict[str, int]:
    """Calls of the hours that have begun since then; connections without any are left out."""
    # One after the other: grouped by connection, SQLite would read the sums of all days along the index.
    calls = select(func.sum(_HOUR.calls)).where(_HOUR.connection_id == Connection.id, _HOUR.hour >= since)
    query = select(Connection.id, calls.scalar_subquery())
    return {row[0]: int(row[1]) for row in db.session.execute(query) if row[1]}


def list_calls_of(account_id: str, connection_id: str, most: int) -> Sequence[ConnectionCall]:
    """A person's latest calls of one connection."""
    query = select(_CALL).where(_CALL.account_id == account_id, _CALL.connection_id == connection_id)
    return db.session.scalars(query.order_by(_CALL.id.desc()).limit(most)).all()


def list_names() -> Sequence[tuple[str, str]]:
    """Id and name of every connection, by name."""
    query = select(Connection.id, Connection.name).order_by(Connection.name)
    return [(row[0], row[1]) for row in db.session.execute(query)]


def list_old_calls(before: datetime, most: int) -> Sequence[int]:
    """Ids of calls from before then, oldest first."""
    return db.session.scalars(select(_CALL.id).where(_CALL.at < before).order_by(_CALL.at).limit(most)).all()


def delete_calls(ids: Sequence[int]) -> int:
    """How many of these were there."""
    statement = delete(_CALL).where(_CALL.id.in_(ids)).execution_options(synchronize_session=False)
    deleted: Any = db.session.execute(statement)
    return int(deleted.rowcount)


def list_old_hours(before: datetime, most: int) -> Sequence[tuple[str, datetime, str]]:
    """Keys of sums from before then, oldest first."""
    query = select(_HOUR.connection_id, _HOUR.hour, _HOUR.account_id).where(_HOUR.hour < before)
    return [(row[0], row[1], row[2]) for row in db.session.execute(query.order_by(_HOUR.hour).limit(most))]


def delete_hours(keys: Sequence[tuple[str, datetime, str]]) -> int:
    """How many of these were there."""
    # One after the other: of a list of keys of three parts SQLite makes a search through the whole table.
    statement = delete(_HOURS).where(
        _HOURS.c.connection_id == bindparam("connection"),
        _HOURS.c.hour == bindparam("begun"),
        _HOURS.c.account_id == bindparam("account"),
    )
    values = [{"connection": each[0], "begun": each[1], "account": each[2]} for each in keys]
    deleted: Any = db.session.execute(statement, values)
    return int(deleted.rowcount)


def _sums() -> list[Any]:
    return [func.sum(getattr(_HOUR, name)) for name in SUMS]


def _counted(sums: Sequence[Any]) -> dict[str, int]:
    # PostgreSQL adds large numbers up to decimals.
    return {name: int(value) for name, value in zip(SUMS, sums, strict=True)}
