"""Notices when far more sign-ins fail than usual, of one account or of all together, and records it as an event."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.database import begin_writing
from webapp.webhooks import burst_store as store

WINDOW: Final = timedelta(minutes=5)
# What is usual is an average of so long, the window itself left out.
USUAL_OVER: Final = timedelta(days=1)
FEWEST: Final = 20
TIMES_THE_USUAL: Final = 5
# A burst that goes on is told once.
QUIET_AFTER: Final = timedelta(hours=1)
# Of a crowd of accounts under attack the whole service is told, and these.
MOST_ACCOUNTS: Final = 20
_WINDOWS: Final = USUAL_OVER / WINDOW


def note_bursts() -> int:
    """Record the bursts of the last minutes that nobody was told of within the hour, in the present unit; how many.

    One of the whole service names no account.
    """
    moment = clock.now()
    found = store.count_failures(moment - WINDOW)
    total = sum(found.values())
    if total < FEWEST:
        return 0
    told = store.list_told(moment - QUIET_AFTER)
    by_account = sorted(
        ((account_id, count) for account_id, count in found.items() if account_id and count >= FEWEST),
        key=lambda each: -each[1],
    )
    bursts: list[tuple[str | None, int, float]] = []
    for account_id, count in [(None, total), *by_account[:MOST_ACCOUNTS]]:
        if account_id in told:
            continue
        usual = store.count_former_failures(account_id, moment - USUAL_OVER, moment - WINDOW) / _WINDOWS
        if count >= TIMES_THE_USUAL * usual:
            bursts.append((account_id, count, usual))
    if bursts:
        begin_writing()
    for account_id, count, usual in bursts:
        detail = {
            "failures": count,
            "minutes": int(WINDOW.total_seconds() // 60),
            "usual": round(usual, 1),
        }
        record_event(EventName.LOGIN_FAILED_BURST, account_id=account_id, result="failure", detail=detail)
    return len(bursts)
