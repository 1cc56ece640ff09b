"""A page of accounts, read along an order of the list in bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from webapp.admin import account_list_store as store
from webapp.admin.account_order_store import stream_of_words, streams_of
from webapp.admin.keyset import PAGE_SIZE
from webapp.core.paging import Cursor, Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from webapp.accounts.models import Account
    from webapp.admin.account_filters import Criteria, Order
    from webapp.admin.account_order_store import Key, Stream


class Walk:
    """One page read from the streams of an order, of which so many rows are looked through at `most`.

    With `by_words` they are rows of words, and so are the conditions.
    """

    def __init__(
        self,
        criteria: Criteria,
        order: Order,
        cursor: Cursor | None,
        conditions: Sequence[ColumnElement[bool]],
        *,
        most: int | None,
        by_words: bool = False,
    ) -> None:
        self._is_newer = cursor is not None and cursor.direction == "newer"
        self._cursor = cursor
        self._conditions = conditions
        self._most = most
        if by_words:
            self._streams = [stream_of_words(order, is_backwards=self._is_newer)]
        else:
            self._streams = streams_of(criteria, order, is_backwards=self._is_newer)
        self._found: list[tuple[tuple[str | int, ...], str]] = []
        self._stopped_at: tuple[str | int, ...] | None = None
        self.looked_through = 0
        self.page = self._read_page()

    def _read_page(self) -> Page[Account]:
        for stream, after in self._streams_to_read():
            self._read(stream, after)
            if len(self._found) > PAGE_SIZE or self._stopped_at:
                break
        has_more = len(self._found) > PAGE_SIZE
        rows = self._found[:PAGE_SIZE]
        if has_more or not self._stopped_at:
            self._stopped_at = None
        else:
            self.looked_through = self._most or 0
        first = rows[0][0] if rows else self._stopped_at
        last = self._stopped_at or (rows[-1][0] if rows else None)
        if self._is_newer:
            rows.reverse()
        goes_on = last if has_more or self._stopped_at else None
        goes_back = first if self._cursor is not None else None
        newer, older = (goes_on, goes_back) if self._is_newer else (goes_back, goes_on)
        return Page(
            store.get_accounts([account_id for _, account_id in rows]),
            _cursor("newer", newer),
            _cursor("older", older),
        )

    def _streams_to_read(self) -> list[tuple[Stream, Key | None]]:
        """The streams from the one on that the cursor is in, and where to begin in it."""
        if self._cursor is None:
            return [(each, None) for each in self._streams]
        key = self._cursor.key
        for place, stream in enumerate(self._streams):
            if stream.holds(key):
                rest = self._streams[place + 1 :]
                return [(stream, stream.edge_of(key)), *((each, None) for each in rest)]
        return []

    def _read(self, stream: Stream, after: Key | None) -> None:
        to = None if self._most is None else stream.look_ahead(self._most, after=after)
        size = PAGE_SIZE + 1 - len(self._found)
        rows = stream.read(size, after=after, to=to, residual=self._conditions)
        self._found += [(stream.key_of(key), account_id) for key, account_id in rows]
        if to is not None:
            self._stopped_at = stream.key_of(to)


def _cursor(direction: Literal["older", "newer"], key: tuple[str | int, ...] | None) -> Cursor | None:
    return None if key is None else Cursor(direction, key)
