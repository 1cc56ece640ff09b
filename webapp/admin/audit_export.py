"""Copies of the audit trail as files, made while they are sent: CSV for people, JSON Lines for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from webapp.admin import audit_list_store as store
from webapp.admin.audit_list import names_in
from webapp.admin.export_files import as_csv, as_json_lines, read_in_batches, take_place
from webapp.admin.sentences import sentence_of
from webapp.core.event_names import EventName
from webapp.infra.audit import read_detail, record_event

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from webapp.admin.audit_filters import Wanted
    from webapp.admin.audit_lanes import Stretch
    from webapp.admin.export_files import AtWork, Rows
    from webapp.infra.models import AuditEvent

COLUMNS: Final = (
    *("id", "occurred_at", "name", "sentence", "result", "account_id", "account", "actor_id", "actor"),
    *("session_id", "via", "address", "user_agent", "request_id", "detail", "sealed_in", "digest"),
)
_BATCH = 1_000


def begin_export(
    wanted: Wanted,
    form: str,
    *,
    actor_id: str,
    session_id: str,
    facts: Mapping[str, object],
    at_work: AtWork,
) -> Iterator[bytes]:
    """Record that somebody takes a copy, and return its pieces, the newest event first. Raises ExportUnderWay.

    What is recorded from now on is not in it. `at_work` enters the application, in which each batch is read, for as
    long as the session may read it.
    """
    place = take_place(actor_id)
    last = store.newest_id()
    stretch = store.find_stretch(wanted)
    detail = {"format": form, "filters": dict(facts)}
    record_event(EventName.AUDIT_EXPORTED, actor_id=actor_id, detail=detail)

    def read(stretch: Stretch) -> tuple[Rows, Stretch | None]:
        met = store.walk(wanted, stretch, _BATCH)
        names = names_in(met.rows)
        rest = None if met.reached is None else stretch.beyond(met.reached)
        return [_row(each, names) for each in met.rows], rest

    first = stretch and stretch.below(last)
    batches = read_in_batches(
        read, first, what="the audit", session_id=session_id, at_work=at_work, place=place
    )
    return as_csv(COLUMNS, batches) if form == "csv" else as_json_lines(batches)


def facts_of(wanted: Wanted, typed: Mapping[str, str]) -> dict[str, object]:
    """The filters as they may be recorded for ever: people by id, since a name or an address is theirs to change."""
    people = {"by": wanted.by, "whom": wanted.whom, "who": wanted.who}
    return {
        name: list(people[name] or ()) if name in people else text for name, text in typed.items() if text
    }


def _row(event: AuditEvent, names: Mapping[str, str]) -> dict[str, Any]:
    """One event under the names of the columns. An account that is gone has an id and no name."""
    detail = read_detail(event)
    known = {
        "occurred_at": event.occurred_at.isoformat(timespec="microseconds"),
        "sentence": sentence_of(event, names),
        "account": names.get(event.account_id or ""),
        "actor": names.get(event.actor_id or ""),
        "detail": str(event.detail) if detail is None else detail,
        "digest": event.digest.hex(),
    }
    return {name: known[name] if name in known else getattr(event, name) for name in COLUMNS}
