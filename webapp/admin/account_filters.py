"""Which accounts a list is asked for, and in which order: as an address says it, and as indexes have it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.accounts.models import TRAITS
from webapp.accounts.search_index import fold
from webapp.core import clock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

NAMES: Final = ("q", "state", "role", "factor", "seen")
_SHORTEST_PART: Final = 3
# By value: the columns that have to be set, and those that must not.
_STATES: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "active": (("verified_at",), ("locked_at", "deletion_due_at")),
    "locked": (("locked_at",), ()),
    "unverified": ((), ("locked_at", "verified_at")),
    "deleting": (("deletion_due_at",), ()),
}
_FACTORS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "with": (("second_factor_since",), ()),
    "without": ((), ("second_factor_since",)),
}
_SINCE: Final = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
_NOT_FOR: Final = {"long-ago": timedelta(days=90)}
_NEVER: Final = "never"
STATES: Final = tuple(_STATES)
FACTORS: Final = tuple(_FACTORS)
SEEN: Final = (*_SINCE, *_NOT_FOR, _NEVER)


@dataclass(frozen=True, slots=True)
class Criteria:
    """What all accounts of a list have in common; an empty text asks for nothing."""

    q: str = ""
    state: str = ""
    role: str = ""
    factor: str = ""
    seen: str = ""

    @classmethod
    def read(cls, filters: Mapping[str, str]) -> Criteria:
        """What an address or a form says; a value that there is none of counts for nothing, but a role for nobody."""
        known = {"state": STATES, "factor": FACTORS, "seen": SEEN}
        values = {name: filters.get(name, "").strip() for name in NAMES}
        return cls(
            **{name: text for name, text in values.items() if name not in known or text in known[name]}
        )

    @property
    def is_by_trait(self) -> bool:
        """Whether something is asked of the account's own state."""
        return bool(self.state or self.factor or self.seen == _NEVER)

    @property
    def words(self) -> str:
        """What is searched for, as it is kept (see search_index)."""
        return fold(self.q)

    @property
    def is_by_words_alone(self) -> bool:
        """Whether something is searched for, and nothing else is asked for."""
        return bool(self.q) and self == Criteria(q=self.q)

    @property
    def is_by_part(self) -> bool:
        """Whether any part of a name is meant. Of less than three characters, and of signs alone, only its beginning:
        they stand in nearly every name, and no index tells where.
        """
        return len(self.words) >= _SHORTEST_PART and any(each.isalnum() for each in self.words)

    @property
    def traits(self) -> list[int] | None:
        """The combinations of bits asked for; None for all."""
        if not (self.seen or self.is_by_trait):
            return None
        parts = [_STATES.get(self.state), _FACTORS.get(self.factor)]
        if self.seen:
            seen = ("last_signed_in_at",)
            parts.append(((), seen) if self.seen == _NEVER else (seen, ()))
        has = sum({TRAITS[name] for part in parts if part for name in part[0]})
        lacks = sum({TRAITS[name] for part in parts if part for name in part[1]})
        return [each for each in range(2 * max(TRAITS.values())) if each & (has | lacks) == has]

    def span(self, moment: datetime | None = None) -> tuple[datetime | None, datetime | None] | None:
        """From when on and before when they signed in last; None where that does not matter."""
        moment = moment or clock.now()
        if self.seen in _SINCE:
            return moment - _SINCE[self.seen], None
        if self.seen in _NOT_FOR:
            return None, moment - _NOT_FOR[self.seen]
        return None


@dataclass(frozen=True, slots=True)
class Order:
    """By which column, and in which direction."""

    column: str
    is_descending: bool

    @classmethod
    def read(cls, text: str) -> Order:
        """As an address says it: `name`, or `-name` for the other way round; newest first for what nobody knows."""
        column = text.removeprefix("-")
        return cls(column, text.startswith("-")) if column in COLUMNS else NEWEST_FIRST

    @property
    def text(self) -> str:
        """As it stands in an address; empty for the usual order."""
        return "" if self == NEWEST_FIRST else f"{'-' if self.is_descending else ''}{self.column}"

    @property
    def other_way(self) -> Order:
        """The same column in the other direction."""
        return Order(self.column, not self.is_descending)

    @property
    def key_kinds(self) -> tuple[type, ...]:
        """What a cursor in this order consists of."""
        return (str,) if self.column == "name" else (int, str)


COLUMNS: Final = ("name", "seen", "created")
NEWEST_FIRST: Final = Order("created", is_descending=True)
