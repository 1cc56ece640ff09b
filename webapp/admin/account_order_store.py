"""The orders in which accounts are listed, as an index has each: streams that are read from any point, either way.

A stream has one arm for each combination of traits asked for, since an index holds each combination in order. Who
never signed in comes after all others, as the least of all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, select, tuple_, union_all

from webapp.accounts.models import TRAITS, Account
from webapp.accounts.search_models import AccountSearch
from webapp.admin.keyset import microseconds_of, moment_of
from webapp.infra.database import db

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Select, SQLColumnExpression, Subquery

    from webapp.admin.account_filters import Criteria, Order

# As a cursor has it who never signed in: before any moment, and within what Cursor takes.
NEVER: Final = -(2**61)
# Of all combinations of traits, so many are held by more than a few.
_ARMS_WITH_MANY: Final = 4
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Stream:
    """Accounts in the order of `columns`, found by any of `arms`; `is_descending` is how it is read now.

    `account_id` is theirs in the table that the columns are of. Where it `is_of_never`, the first column is null
    throughout, and stands there for the index only.
    """

    columns: tuple[SQLColumnExpression[Any], ...]
    arms: tuple[ColumnElement[bool] | None, ...]
    is_descending: bool
    is_of_never: bool = False
    account_id: SQLColumnExpression[str] = field(default_factory=lambda: Account.id)

    def holds(self, key: tuple[str | int, ...]) -> bool:
        """Whether the row of a cursor is one of this stream's."""
        return len(self.columns) == 1 or self.is_of_never == (key[0] == NEVER)

    def edge_of(self, key: tuple[str | int, ...]) -> Key:
        """What a cursor says, in the types of the columns compared."""
        return (key[-1],) if len(self._compared) == 1 else (moment_of(key[0]), key[1])

    def key_of(self, edge: Key) -> tuple[str | int, ...]:
        """What a cursor says of the row with this key."""
        if self.is_of_never:
            return NEVER, edge[0]
        return tuple(microseconds_of(each) if isinstance(each, datetime) else each for each in edge)

    @property
    def _compared(self) -> tuple[SQLColumnExpression[Any], ...]:
        return self.columns[1:] if self.is_of_never else self.columns

    def read(
        self, size: int, *, after: Key | None, to: Key | None, residual: Sequence[ColumnElement[bool]]
    ) -> list[tuple[Key, str]]:
        """Key and id of so many accounts after one key and up to another, whichever fulfil the conditions."""
        rows = _together(self._ask(arm, after, to, residual).limit(size) for arm in self.arms)
        found = db.session.execute(select(rows).order_by(*self._order(list(rows.c)[:-1])).limit(size))
        return [(tuple(row[:-1][-len(self._compared) :]), row[-1]) for row in found]

    def look_ahead(self, most: int, *, after: Key | None) -> Key | None:
        """A key before which there are no more than about so many rows; None where all the rest are fewer."""
        rows = most // min(len(self.arms), _ARMS_WITH_MANY)
        # Without the id, which not every index holds: what is passed over is read from the index alone.
        asked = (self._ask(arm, after, None, ()).with_only_columns(*self.columns) for arm in self.arms)
        ends = _together(each.limit(1).offset(rows) for each in asked)
        row = db.session.execute(select(ends).order_by(*self._order(list(ends.c))).limit(1)).one_or_none()
        return None if row is None else tuple(row[-len(self._compared) :])

    def first(self, most: int) -> Subquery:
        """The ids of the first so many accounts, as `account_id`. Raises ValueError for several arms."""
        (arm,) = self.arms
        return self._ask(arm, None, None, ()).limit(most).subquery()

    def _ask(
        self,
        arm: ColumnElement[bool] | None,
        after: Key | None,
        to: Key | None,
        residual: Sequence[ColumnElement[bool]],
    ) -> Select[Any]:
        key = tuple_(*self._compared)
        conditions = [] if arm is None else [arm]
        if after is not None:
            conditions.append(key < after if self.is_descending else key > after)
        if to is not None:
            conditions.append(key >= to if self.is_descending else key <= to)
        selected: list[Any] = [each.label(f"key{place}") for place, each in enumerate(self.columns)]
        query = select(*selected, self.account_id.label("account_id")).where(*conditions, *residual)
        return query.order_by(*self._order(self.columns))

    def _order(self, columns: Sequence[SQLColumnExpression[Any]]) -> list[ColumnElement[Any]]:
        return [each.desc() if self.is_descending else each.asc() for each in columns]


def _together(queries: Iterable[Select[Any]]) -> Subquery:
    """The rows of all of them. Each has its own bound, so that each is read from its index in order."""
    found = [select(each.subquery()) for each in queries]
    return (found[0] if len(found) == 1 else union_all(*found)).subquery()


def streams_of(criteria: Criteria, order: Order, *, is_backwards: bool) -> list[Stream]:
    """What to read, one after the other, for the accounts of these traits in this order or against it."""
    is_descending = order.is_descending is not is_backwards
    traits = criteria.traits
    whole = (None,) if traits is None else tuple(Account.traits == each for each in traits)
    if order.column == "created":
        return [Stream((Account.created_at, Account.id), whole, is_descending)]
    if order.column == "name":
        return [Stream((Account.username_key,), whole, is_descending)]
    seen, never = _by_last_sign_in(criteria, traits, is_descending=is_descending)
    return [each for each in ((seen, never) if is_descending else (never, seen)) if each.arms]


def stream_of_words(order: Order, *, is_backwards: bool) -> Stream:
    """The same for everybody in the order in which they were made, read where the words lie in that order."""
    columns = AccountSearch.created_at, AccountSearch.account_id
    is_descending = order.is_descending is not is_backwards
    return Stream(columns, (None,), is_descending, account_id=AccountSearch.account_id)


def _by_last_sign_in(
    criteria: Criteria, traits: list[int] | None, *, is_descending: bool
) -> tuple[Stream, Stream]:
    span = spanned(criteria)
    bit = TRAITS["last_signed_in_at"]
    if traits is None:
        seen: tuple[ColumnElement[bool], ...] = (Account.last_signed_in_at.is_not(None),)
        never: tuple[ColumnElement[bool], ...] = (Account.last_signed_in_at.is_(None),)
    else:
        seen = tuple(Account.traits == each for each in traits if each & bit)
        never = tuple(
            and_(Account.traits == each, Account.last_signed_in_at.is_(None))
            for each in traits
            if not each & bit
        )
    if span:
        seen, never = tuple(and_(each, *span) for each in seen), ()
    return (
        Stream((Account.last_signed_in_at, Account.id), seen, is_descending),
        Stream((Account.last_signed_in_at, Account.id), never, is_descending, is_of_never=True),
    )


def spanned(criteria: Criteria) -> list[ColumnElement[bool]]:
    """What is asked of the last sign-in, except that there be none."""
    first, last = criteria.span() or (None, None)
    conditions = []
    if first is not None:
        conditions.append(Account.last_signed_in_at >= first)
    if last is not None:
        conditions.append(Account.last_signed_in_at < last)
    return conditions
