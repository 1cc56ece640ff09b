"""Numbers of rows: exact where there are few, else as maintenance counted them last.

`count_up_to(query)`: how many rows, None beyond MOST_COUNTED. `amount_of(name, query)`: the same as an Amount with its
words, from the kept figure of that name where there are more; `many(kept)` is its rule for these. `figure(name)`,
`figures(*names)`: the kept ones alone. `recount(name, query)` keeps one. In use: ACCOUNTS, WITH_SECOND_FACTOR.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, update

from webapp.core import clock
from webapp.infra.database import begin_writing, db, insert_unless_there
from webapp.infra.models import Figure

if TYPE_CHECKING:
    from sqlalchemy import Select

ACCOUNTS: Final = "accounts"
WITH_SECOND_FACTOR: Final = "accounts.with_second_factor"
# A page that counts so many rows by an index is still quick.
MOST_COUNTED: Final = 10_000
# Far above that: so many do not become few before maintenance counts again.
_SURELY_MANY: Final = 100_000


@dataclass(frozen=True, slots=True)
class Amount:
    """How many there are; `is_exact` is False for what was counted a while ago, or not to the end."""

    value: int
    is_exact: bool = True
    is_least: bool = False

    @property
    def words(self) -> str:
        """For people: "3", "about 48,213", "more than 10,000"."""
        if self.is_exact:
            return f"{self.value:,}"
        return f"{'more than' if self.is_least else 'about'} {self.value:,}"


def count_up_to(query: Select[Any], most: int = MOST_COUNTED) -> int | None:
    """How many rows the query finds, None when there are more than `most`: no more than that are read.

    The query must find its rows by an index, or nearly all rows must match: what does not match is read as well.
    """
    rows = query.order_by(None).limit(most + 1).subquery()
    found = db.session.scalar(select(func.count()).select_from(rows)) or 0
    return found if found <= most else None


def amount_of(name: str, query: Select[Any]) -> Amount:
    """Exact up to MOST_COUNTED, as long as the kept figure of that name is not far above it; else as `many` has it."""
    kept = figure(name)
    # To see that there still are many would take longer than all the rest of a page.
    if kept is not None and kept.value > _SURELY_MANY:
        return kept
    found = count_up_to(query)
    return many(kept) if found is None else Amount(found)


def many(kept: Amount | None) -> Amount:
    """What is known of more than MOST_COUNTED: the kept figure, unless it is of when they were fewer."""
    if kept is None or kept.value <= MOST_COUNTED:
        return Amount(MOST_COUNTED, is_exact=False, is_least=True)
    return kept


def figure(name: str) -> Amount | None:
    """What maintenance counted last under this name; None when it never did."""
    return figures(name).get(name)


def figures(*names: str) -> dict[str, Amount]:
    """Those of these that maintenance has counted, in one query."""
    query = select(Figure.name, Figure.value).where(Figure.name.in_(names))
    return {name: Amount(value, is_exact=False) for name, value in db.session.execute(query)}


def recount(name: str, query: Select[Any]) -> None:
    """Count all rows and keep the number, in a unit that so far has only read: counting holds no lock."""
    value = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    moment = clock.now()
    begin_writing()
    if not insert_unless_there(Figure, name=name, value=value, counted_at=moment):
        kept = update(Figure).where(Figure.name == name).values(value=value, counted_at=moment)
        db.session.execute(kept.execution_options(synchronize_session=False))
