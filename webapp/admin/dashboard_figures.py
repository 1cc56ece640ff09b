"""How many accounts there are and how many of them have a second factor: exact while few, else as counted lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from webapp.admin import dashboard_store as store
from webapp.infra.database import unit_of_work
from webapp.infra.figures import (
    ACCOUNTS,
    MOST_COUNTED,
    WITH_SECOND_FACTOR,
    Amount,
    count_up_to,
    figure,
    figures,
    many,
    recount,
)

_PATIENCE_MILLISECONDS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Coverage:
    """Second factors of everybody, and of who administers."""

    accounts: Amount
    with_factor: Amount
    administrators: int
    administrators_with_factor: int

    @property
    def percent(self) -> int | None:
        """Whole percent, so rounded that only all are 100 and only none are 0; None where nobody is known to be."""
        total, part = self.accounts.value, self.with_factor.value
        if total == 0 or self.accounts.is_least:
            return None
        exact = 100 * part / total
        return round(exact) if part in {0, total} else min(99, max(1, round(exact)))


def find_coverage() -> Coverage:
    """By queries that read no more than MOST_COUNTED accounts."""
    administrators, secured = store.count_administrators(MOST_COUNTED)
    total = count_up_to(store.ALL_ACCOUNTS)
    if total is not None:
        with_factor = count_up_to(store.ALL_WITH_FACTOR) or 0
        return Coverage(Amount(total), Amount(with_factor), administrators, secured)
    kept = figures(ACCOUNTS, WITH_SECOND_FACTOR)
    accounts = many(kept.get(ACCOUNTS))
    # Both are counted together: the one is as old as the other.
    if accounts.is_least or WITH_SECOND_FACTOR not in kept:
        return Coverage(many(None), many(None), administrators, secured)
    return Coverage(accounts, kept[WITH_SECOND_FACTOR], administrators, secured)


def count_anew() -> int:
    """Count what is too much for a page to count, each number in a unit of its own; how many numbers were kept."""
    with unit_of_work(writes=False, patience=_PATIENCE_MILLISECONDS):
        kept = figure(ACCOUNTS)
        is_needed = count_up_to(store.ALL_ACCOUNTS) is None
        # What says that there are many is mended where they have become few.
        if not is_needed and (kept is None or kept.value <= MOST_COUNTED):
            return 0
    for name, query in ((ACCOUNTS, store.ALL_ACCOUNTS), (WITH_SECOND_FACTOR, store.ALL_WITH_FACTOR)):
        with unit_of_work(writes=False, patience=_PATIENCE_MILLISECONDS):
            recount(name, query)
    return 2
