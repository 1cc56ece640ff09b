"""Copies of the audit trail as files, made while they are sent: CSV for people, JSON Lines for programs."""

from __future__ import annotations

import csv
import io
import json
import logging
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

from webapp.admin import audit_list_store as store
from webapp.admin.audit_list import names_in
from webapp.admin.sentences import sentence_of
from webapp.core.errors import Problem
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from webapp.admin.audit_filters import Wanted
    from webapp.admin.audit_lanes import Stretch
    from webapp.infra.models import AuditEvent

    AtWork = Callable[[], AbstractContextManager[Any]]

COLUMNS: Final = (
    *("id", "occurred_at", "name", "sentence", "result", "account_id", "account", "actor_id", "actor"),
    *("session_id", "via", "address", "user_agent", "request_id", "detail", "sealed_in", "digest"),
)
_BATCH = 1_000
# What a spreadsheet takes for a formula when a cell begins with it; the last four are the wide forms of the first.
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
# Without it, Excel reads UTF-8 as whatever the computer is set to. Programs that mind it have JSON Lines.
_BYTE_ORDER_MARK = "\ufeff"
_INCOMPLETE = "INCOMPLETE: the export broke off here. What is above is right; export again for the rest."
_log = logging.getLogger("latchkey.audit")


class ExportUnderWay(Problem):
    """Somebody who is taking another copy at this moment."""

    code = "export_under_way"
    status = 409
    message = "Another export of yours is under way. Wait until it has arrived, or stop it in the browser."


class _Place:
    """Held by whoever is served; it is free again when nobody holds it."""


# A reader who stops reading holds a thread of the server: one each, in each of its processes.
_places: WeakValueDictionary[str, _Place] = WeakValueDictionary()


def begin_export(
    wanted: Wanted, form: str, *, actor_id: str, facts: Mapping[str, object], at_work: AtWork
) -> Iterator[bytes]:
    """Record that somebody takes a copy, and return its pieces, the newest event first. Raises ExportUnderWay.

    What is recorded from now on is not in it. `at_work` enters the application, in which each batch is read.
    """
    place = _Place()
    if _places.setdefault(actor_id, place) is not place:
        raise ExportUnderWay
    last = store.newest_id()
    stretch = store.find_stretch(wanted)
    detail = {"format": form, "filters": dict(facts)}
    record_event(EventName.AUDIT_EXPORTED, actor_id=actor_id, detail=detail)
    batches = _batches(wanted, stretch and stretch.below(last), at_work, place)
    return _as_csv(batches) if form == "csv" else _as_json_lines(batches)


def facts_of(wanted: Wanted, typed: Mapping[str, str]) -> dict[str, object]:
    """The filters as they may be recorded for ever: people by id, since a name or an address is theirs to change."""
    people = {"by": wanted.by, "whom": wanted.whom, "who": wanted.who}
    return {
        name: list(people[name] or ()) if name in people else text for name, text in typed.items() if text
    }


def _batches(
    wanted: Wanted, stretch: Stretch | None, at_work: AtWork, place: _Place
) -> Iterator[list[dict[str, Any]] | None]:
    """Each batch is a unit that reads and is over before its rows are sent: a slow reader holds no connection.

    None, at the end, is a failure. It is told in the file: the server ends the body of an answer that raises as if it
    were whole, and a file that only looked whole would be taken for one.
    """
    try:
        while stretch is not None:
            with at_work(), unit_of_work(writes=False):
                met = store.walk(wanted, stretch, _BATCH)
                names = names_in(met.rows)
                rows = [_row(each, names) for each in met.rows]
            # An empty piece would be the end of a chunked body (RFC 9112, section 7.1).
            if rows:
                yield rows
            stretch = None if met.reached is None else stretch.beyond(met.reached)
    except Exception:  # noqa: BLE001 - whatever it was, the file must say that it is not whole
        _log.exception("An export of the audit broke off")
        yield None
    finally:
        del place


def _as_csv(batches: Iterator[list[dict[str, Any]] | None]) -> Iterator[bytes]:
    """RFC 4180."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    text.write(_BYTE_ORDER_MARK)
    writer.writerow(COLUMNS)
    yield text.getvalue().encode()
    for rows in batches:
        text.seek(0)
        text.truncate()
        if rows is None:
            writer.writerow([_INCOMPLETE])
        else:
            writer.writerows([_cell(row[name]) for name in COLUMNS] for row in rows)
        yield text.getvalue().encode()


def _as_json_lines(batches: Iterator[list[dict[str, Any]] | None]) -> Iterator[bytes]:
    for rows in batches:
        objects = [{"incomplete": _INCOMPLETE}] if rows is None else rows
        yield "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects).encode()


def _cell(value: object) -> object:
    """A text that a spreadsheet would run as a formula has an apostrophe before it (OWASP, CSV injection)."""
    if isinstance(value, dict):
        value = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _row(event: AuditEvent, names: Mapping[str, str]) -> dict[str, Any]:
    """One event under the names of the columns. An account that is gone has an id and no name."""
    known = {
        "occurred_at": event.occurred_at.isoformat(timespec="microseconds"),
        "sentence": sentence_of(event, names),
        "account": names.get(event.account_id or ""),
        "actor": names.get(event.actor_id or ""),
        "detail": json.loads(event.detail),
        "digest": event.digest.hex(),
    }
    return {name: known[name] if name in known else getattr(event, name) for name in COLUMNS}
