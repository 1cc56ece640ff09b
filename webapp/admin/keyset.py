"""Pages by keyset, for every list of the console: a page is found by its key, never by counting rows off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import tuple_

from webapp.core.paging import Cursor, Page
from webapp.infra.database import db

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Select

Row = TypeVar("Row")
PAGE_SIZE = 50
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def page_by_key(
    query: Select[Any],
    key: tuple[Any, ...],
    cursor: Cursor | None,
    edge: tuple[Any, ...] | None,
    key_of: Callable[[Row], tuple[str | int, ...]],
    size: int = PAGE_SIZE,
) -> Page[Row]:
    """One page by keyset; one row more than is shown tells whether there is a neighbour."""
    is_newer = cursor is not None and cursor.direction == "newer"
    if edge is not None:
        columns = tuple_(*key)
        query = query.where(columns > edge if is_newer else columns < edge)
    order = [column.asc() if is_newer else column.desc() for column in key]
    rows = list(db.session.scalars(query.order_by(*order).limit(size + 1)))
    has_more = len(rows) > size
    rows = rows[:size]
    if is_newer:
        rows.reverse()
    if not rows:
        return Page([], None, None)
    has_newer = has_more if is_newer else cursor is not None
    has_older = True if is_newer else has_more
    return Page(
        rows,
        Cursor("newer", key_of(rows[0])) if has_newer else None,
        Cursor("older", key_of(rows[-1])) if has_older else None,
    )


def microseconds_of(moment: datetime) -> int:
    """As a cursor carries a moment."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(microseconds: str | int) -> datetime:
    """A moment of a cursor; the beginning of time for what is none."""
    try:
        return _EPOCH + int(microseconds) * _MICROSECOND
    except (OverflowError, ValueError):
        return _EPOCH
