"""The audit trail as its page, its export and an account's page show it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from webapp.admin import audit_list_store as store
from webapp.admin.audit_filters import PEOPLE, Wanted, read_filters
from webapp.admin.audit_lanes import Stretch
from webapp.admin.keyset import PAGE_SIZE
from webapp.admin.query_plans import plan_for_values
from webapp.admin.store import names_of
from webapp.core.errors import NotFound
from webapp.core.paging import Cursor, Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from webapp.infra.models import AuditEvent

_ID = re.compile(r"[a-z2-7]{26}\Z")
_NOBODY = "Nobody is called that. Give a username, an e-mail address or the id of an account."
_HIGHEST_KEY = 2**62


@dataclass(frozen=True, slots=True)
class Found:
    """A page of events, and what the people in them are called.

    `looked_back_to` is set where the search stopped before the page was full and the trail at its end: how far it came.
    """

    page: Page[AuditEvent]
    names: dict[str, str]
    looked_back_to: datetime | None = None


def read_wanted(typed: Mapping[str, str]) -> tuple[Wanted, dict[str, str]]:
    """What filters ask for, and for each that cannot be meant a sentence that says why."""
    wanted, problems = read_filters(typed)
    people = {name: _people_meant(typed[name]) if typed[name] else None for name in PEOPLE}
    problems |= {name: _NOBODY for name, found in people.items() if found == ()}
    return replace(wanted, by=people["by"], whom=people["whom"], who=people["who"]), problems


def find_events(wanted: Wanted, cursor: Cursor | None, size: int = PAGE_SIZE) -> Found:
    """Events that are wanted, newest first."""
    plan_for_values()
    whole = store.find_stretch(wanted)
    if whole is None:
        return Found(Page([], None, None), {})
    upwards = cursor is not None and cursor.direction == "newer"
    edge = int(cursor.key[0]) if cursor else None
    stretch = replace(whole, upwards=upwards)
    if edge is not None:
        stretch = stretch.above(edge) if upwards else stretch.below(edge - 1)
    met = store.walk(wanted, stretch, size + 1)
    rows, onward = met.rows[:size], met.reached
    if len(met.rows) > size:
        onward = rows[-1].id
    looked_back_to = None
    if len(met.rows) <= size and onward is not None:
        last = store.find_event(onward)
        looked_back_to = last.occurred_at if last else None
    if upwards:
        rows.reverse()
    return Found(
        Page(rows, *_neighbours(rows, edge, onward, upwards=upwards)), names_in(rows), looked_back_to
    )


def latest_events_of(account_id: str, size: int = 8) -> tuple[Page[AuditEvent], dict[str, str]]:
    """What happened to one account, and by it, last."""
    rows = store.walk(Wanted(who=(account_id,)), Stretch(), size).rows
    return Page(rows, None, None), names_in(rows)


def get_event(event_id: int) -> tuple[AuditEvent, dict[str, str]]:
    """One event, and what the people in it are called. Raises NotFound."""
    found = store.find_event(event_id) if event_id < _HIGHEST_KEY else None
    if found is None:
        raise NotFound("There is no such event. Retention may have deleted it.")
    return found, names_in([found])


def _neighbours(
    rows: list[AuditEvent], edge: int | None, onward: int | None, *, upwards: bool
) -> tuple[Cursor | None, Cursor | None]:
    """The cursors to newer and to older events. There is always a way back to where the person came from."""
    ahead = None if onward is None else Cursor("newer" if upwards else "older", (onward,))
    if edge is None:
        return None, ahead
    if upwards:
        return ahead, Cursor("older", (rows[-1].id if rows else edge + 1,))
    return Cursor("newer", (rows[0].id if rows else edge - 1,)), ahead


def _people_meant(text: str) -> tuple[str, ...]:
    """Accounts by id, username or address. The id of an account that is gone is still the one its events name."""
    found = set(store.ids_matching(text))
    key = text.lower()
    return tuple(sorted(found | ({key} if _ID.match(key) else set())))


def names_in(rows: Iterable[AuditEvent]) -> dict[str, str]:
    """What the people in these events are called now."""
    return names_of({each for row in rows for each in (row.account_id, row.actor_id) if each})
