"""Sessions past a limit are marked as ended with the cause, and those that ended long ago are deleted.

Each function does one small batch in the present unit, oldest first; whoever calls goes on until nothing is found.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.config import current_settings
from webapp.core import clock
from webapp.infra.database import begin_writing
from webapp.sessions import history_store as store
from webapp.sessions.limits import ADMINISTRATOR_ABSOLUTE, ADMINISTRATOR_IDLE, passed_limit
from webapp.sessions.service import record_end

if TYPE_CHECKING:
    from collections.abc import Iterable

KEPT_AFTER_END: Final = timedelta(days=90)
"""How long "why was I signed out" can be answered; the audit trail goes on knowing."""


def end_outlived(most: int) -> int:
    """Mark so many open sessions past their limits as ended, each with its own cause and event; how many were."""
    moment, idle = clock.now(), current_settings().session_idle_limit
    found = store.list_outlived(moment, moment - idle, most)
    if len(found) < most:
        begun_by, idle_since = moment - ADMINISTRATOR_ABSOLUTE, moment - min(idle, ADMINISTRATOR_IDLE)
        found += store.list_outlived_of_administration(begun_by, idle_since, most - len(found))
    return mark_outlived(dict.fromkeys(found))


def mark_outlived(session_ids: Iterable[str]) -> int:
    """End those of these sessions that are open and past a limit, as of when they reached it; how many were."""
    ids = list(session_ids)
    if not ids:
        return 0
    begin_writing()
    held = store.hold_open(ids)
    administrators = store.list_of_administration({each.account_id for each in held})
    ends = []
    for each in held:
        passed = passed_limit(each, is_administrator=each.account_id in administrators)
        if passed is not None:
            ends.append({"id": each.id, "ended_at": passed.reached_at, "end_cause": str(passed.cause)})
            record_end(each.id, each.account_id, passed.cause)
    if ends:
        store.end_held(ends)
    return len(ends)


def forget_ended(most: int) -> int:
    """Delete so many sessions that ended longer ago than they are kept; how many were."""
    before = clock.now() - KEPT_AFTER_END
    found = store.list_forgettable(before, most)
    if not found:
        return 0
    begin_writing()
    return store.delete_ended(found, before)
