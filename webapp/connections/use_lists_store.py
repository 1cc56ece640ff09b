"""The queries behind the lists of use: a page follows an index, or sums what a connection has in the charted days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import func, select, tuple_

from webapp.accounts.models import Account
from webapp.connections.models import ConnectionCall, ConnectionHour
from webapp.core.paging import Cursor, Page
from webapp.infra.database import db

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

Row = TypeVar("Row")


def page_of_people(
    connection_id: str, since: datetime, cursor: Cursor | None, size: int
) -> Page[tuple[Any, ...]]:
    """Id, name, username, calls, errors, bytes sent and answered, and the last hour, most calls first."""
    hour = ConnectionHour
    sums = (
        select(
            hour.account_id,
            func.sum(hour.calls).label("calls"),
            func.sum(hour.errors).label("errors"),
            func.sum(hour.sent_bytes).label("sent_bytes"),
            func.sum(hour.answered_bytes).label("answered_bytes"),
            func.max(hour.hour).label("last_hour"),
        )
        .where(hour.connection_id == connection_id, hour.hour >= since)
        .group_by(hour.account_id)
        .subquery()
    )
    key = (sums.c.calls, sums.c.account_id)
    # Names are asked for after the cut: the page needs those of a few.
    part = _cut(select(sums), key, cursor, size).subquery().c
    query = (
        select(
            part.account_id,
            Account.display_name,
            Account.username,
            part.calls,
            part.errors,
            part.sent_bytes,
            part.answered_bytes,
            part.last_hour,
        )
        .join(Account, Account.id == part.account_id)
        .order_by(*_order((part.calls, part.account_id), cursor))
    )
    rows = [_whole(row) for row in db.session.execute(query)]
    return _page(rows, cursor, size, lambda row: (int(row[3]), str(row[0])))


def page_of_calls(
    connection_id: str, account_id: str, cursor: Cursor | None, size: int
) -> Page[tuple[ConnectionCall, str]]:
    """Calls with their callers' names, latest first; of everybody where no account is named."""
    ids = select(ConnectionCall.id).where(ConnectionCall.connection_id == connection_id)
    if account_id:
        ids = ids.where(ConnectionCall.account_id == account_id)
    part = _cut(ids, (ConnectionCall.id,), cursor, size).subquery()
    query = (
        select(ConnectionCall, Account.display_name)
        .join(part, part.c.id == ConnectionCall.id)
        .join(Account, Account.id == ConnectionCall.account_id)
        .order_by(*_order((ConnectionCall.id,), cursor))
    )
    rows = [(row[0], row[1]) for row in db.session.execute(query)]
    return _page(rows, cursor, size, lambda row: (row[0].id,))


def _order(key: Sequence[Any], cursor: Cursor | None) -> list[Any]:
    return [each.asc() if _goes_up(cursor) else each.desc() for each in key]


def _cut(query: Any, key: Sequence[Any], cursor: Cursor | None, size: int) -> Any:
    """The rows beyond the cursor, one more than are shown: it tells whether there is a neighbour."""
    if cursor is not None:
        columns = tuple_(*key)
        query = query.where(columns > cursor.key if _goes_up(cursor) else columns < cursor.key)
    return query.order_by(*_order(key, cursor)).limit(size + 1)


def _goes_up(cursor: Cursor | None) -> bool:
    return cursor is not None and cursor.direction == "newer"


def _page(
    rows: list[Row], cursor: Cursor | None, size: int, key_of: Callable[[Row], tuple[str | int, ...]]
) -> Page[Row]:
    has_more, rows = len(rows) > size, rows[:size]
    if _goes_up(cursor):
        rows.reverse()
    if not rows:
        return Page([], None, None)
    has_newer = has_more if _goes_up(cursor) else cursor is not None
    return Page(
        rows,
        Cursor("newer", key_of(rows[0])) if has_newer else None,
        Cursor("older", key_of(rows[-1])) if _goes_up(cursor) or has_more else None,
    )


def _whole(row: Any) -> tuple[Any, ...]:
    """With plain numbers: PostgreSQL adds large ones up to decimals."""
    return (*row[:3], *(int(each) for each in row[3:7]), row[7])
