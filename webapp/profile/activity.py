"""A person's own part of the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from webapp.core.paging import Cursor
from webapp.profile import store
from webapp.profile.sentences import is_by_others, saying_of
from webapp.sessions.devices import describe_device

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from webapp.infra.models import AuditEvent
    from webapp.profile.sentences import Kind

PAGE_SIZE: Final = 30


@dataclass(frozen=True, slots=True)
class Happening:
    """One event as its person may know it. Device and address are those it came from, unless that was somebody else."""

    id: str
    at: datetime
    name: str
    sentence: str
    device: str | None
    address: str | None
    kind: Kind


def page_of_activity(account_id: str, cursor: Cursor | None) -> tuple[list[Happening], Cursor | None]:
    """What happened to the account, latest first, and the cursor of what is older."""
    before = int(cursor.key[0]) if cursor is not None and cursor.direction == "older" else None
    rows = store.list_events(account_id, before=before, size=PAGE_SIZE + 1)
    shown = rows[:PAGE_SIZE]
    older = Cursor("older", (shown[-1].id,)) if len(rows) > PAGE_SIZE else None
    return tell(shown), older


def latest_activity(account_id: str, most: int) -> tuple[list[Happening], bool]:
    """The latest so many, and whether there are older ones."""
    rows = store.list_events(account_id, before=None, size=most + 1)
    return tell(rows[:most]), len(rows) > most


def tell(events: Iterable[AuditEvent]) -> list[Happening]:
    """Events of one account in sentences to its owner. Who else did something is not named, nor from where."""
    told = []
    for each in events:
        is_theirs = is_by_others(each) or each.via != "request"
        device = None if is_theirs or not each.user_agent else describe_device(each.user_agent)
        address = None if is_theirs else each.address or None
        sentence, kind = saying_of(each, device=device)
        told.append(Happening(str(each.id), each.occurred_at, each.name, sentence, device, address, kind))
    return told
