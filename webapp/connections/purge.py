"""Calls and sums of use are forgotten, oldest first; what each function does is one small batch in the present unit."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from webapp.connections import use_store as store
from webapp.core import clock
from webapp.infra.database import begin_writing

CALLS_KEPT: Final = timedelta(days=30)
"""How long a single call can be looked at."""
HOURS_KEPT: Final = timedelta(days=400)
"""Thirteen months of sums, so that a month can be held against that of a year ago."""


def forget_calls(most: int) -> int:
    """Delete so many calls that are kept no longer; how many were."""
    found = store.list_old_calls(clock.now() - CALLS_KEPT, most)
    if not found:
        return 0
    begin_writing()
    return store.delete_calls(found)


def forget_hours(most: int) -> int:
    """Delete so many sums of hours that are kept no longer; how many were."""
    found = store.list_old_hours(clock.now() - HOURS_KEPT, most)
    if not found:
        return 0
    begin_writing()
    return store.delete_hours(found)
