"""Messages are given up and forgotten, oldest first; what each function does is one small batch in the present unit."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from webapp.core import clock
from webapp.infra.database import begin_writing
from webapp.webhooks import purge_store, store

# Nobody could send it: its endpoint is turned off, or nobody delivers at all.
OVERDUE_AFTER: Final = timedelta(days=3)
FORGOTTEN_AFTER: Final = timedelta(days=30)


def give_up_messages(most: int) -> int:
    """Give up so many messages that have been due for longer than anybody waits; how many were."""
    moment = clock.now()
    found = purge_store.list_overdue(moment - OVERDUE_AFTER, most)
    if not found:
        return 0
    begin_writing()
    return purge_store.give_up(found, moment)


def forget_messages(most: int) -> int:
    """Delete so many messages of long ago, or of endpoints that were deleted; how many were."""
    found = purge_store.list_old(clock.now() - FORGOTTEN_AFTER, most) or purge_store.list_orphans(most)
    if not found:
        return 0
    begin_writing()
    return purge_store.delete_messages(found)


def forget_former_secrets(most: int) -> int:
    """Erase so many former secrets that sign no more; how many."""
    found = store.list_with_former_secret(clock.now(), most)
    if not found:
        return 0
    begin_writing()
    return store.forget_former_secrets(found, clock.now())
