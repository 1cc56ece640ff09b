"""What a person's copy of their own data says about the connections they used."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel

from webapp.connections import use_store as store
from webapp.connections.purge import HOURS_KEPT
from webapp.core import clock
from webapp.profile.export import Export, export_data
from webapp.sessions.proof import require_fresh_proof

if TYPE_CHECKING:
    from webapp.sessions.service import Standing

MOST_CALLS: Final = 10_000


class CallCopy(BaseModel):
    """One call; of calls neither bodies nor queries nor headers are kept."""

    connection: str
    at: datetime
    method: str
    path: str
    status: int | None
    error: str | None
    sent_bytes: int
    answered_bytes: int
    milliseconds: int
    session_id: str
    request_id: str


class DayOfUseCopy(BaseModel):
    """The sums of one day (UTC); single calls are kept for 30 days, sums for 400."""

    connection: str
    day: date
    calls: int
    errors: int
    sent_bytes: int
    answered_bytes: int


class WholeExport(Export):
    """The whole file, with the use of connections."""

    connection_calls: list[CallCopy]
    connection_days: list[DayOfUseCopy]


def export_all(standing: Standing) -> WholeExport:
    """Collect it, and record that it was taken. Raises ProofNeeded."""
    # Asked before anything is read; the record comes last, so that no lock is held while it is collected.
    require_fresh_proof(standing)
    calls, days = _calls(standing.account_id), _days(standing.account_id)
    export = export_data(standing)
    if len(calls) > MOST_CALLS:
        export.note += (
            f" Of your calls through connections these are the latest {MOST_CALLS:,}; there are older ones."
        )
    parts = {name: getattr(export, name) for name in Export.model_fields}
    return WholeExport(**parts, connection_calls=calls[:MOST_CALLS], connection_days=days)


def _calls(account_id: str) -> list[CallCopy]:
    """The latest of all connections together, latest first; one more than are shown, if there are more."""
    found = []
    for connection_id, name in store.list_names():
        for each in store.list_calls_of(account_id, connection_id, MOST_CALLS + 1):
            facts = {field: getattr(each, field) for field in CallCopy.model_fields if field != "connection"}
            found.append((each.id, CallCopy(connection=name, **facts)))
    found.sort(key=lambda each: each[0], reverse=True)
    return [copy for _, copy in found[: MOST_CALLS + 1]]


def _days(account_id: str) -> list[DayOfUseCopy]:
    sums: dict[tuple[date, str], Counter[str]] = {}
    for hour, name, counted in store.hours_of(account_id, clock.now() - HOURS_KEPT):
        sums.setdefault((hour.date(), name), Counter()).update(counted)
    shown = ("calls", "errors", "sent_bytes", "answered_bytes")
    return [
        DayOfUseCopy(connection=name, day=day, **{each: counted[each] for each in shown})
        for (day, name), counted in sums.items()
    ]
