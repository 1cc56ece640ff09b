"""Every query of the audit trail as administrators look at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select, union

from webapp.accounts.models import Account, EmailAddress
from webapp.admin.audit_lanes import HIGHEST_ID, Lane, Stretch, lanes_for, leap, rows_on
from webapp.infra.audit_moments import first_id_since, last_id_before
from webapp.infra.database import db
from webapp.infra.models import AuditEvent

if TYPE_CHECKING:
    from webapp.admin.audit_filters import Wanted

# How many events of a way are looked at, in steps: most pages are full after the first, and none takes long.
_WIDTHS = (200, 2_000, 8_000)


@dataclass(frozen=True, slots=True)
class Walk:
    """Events in the order in which they were met. `reached` is the last one looked at; None at the trail's end."""

    rows: list[AuditEvent]
    reached: int | None


def walk(wanted: Wanted, stretch: Stretch, size: int) -> Walk:
    """Up to `size` events that are wanted, looking at a bounded number of others on the way.

    Where the rows are fewer than asked for and `reached` is an event, there may be more beyond it.
    """
    lanes = lanes_for(wanted)
    lane, rows = lanes[0], list[AuditEvent]()
    for width in _WIDTHS:
        step = max(width, 2 * size)
        if width == _WIDTHS[0]:
            end = lane.find_end(stretch, step)
        else:
            nearer = leap(stretch, lanes, wanted)
            if nearer is None:
                return Walk(rows, None)
            stretch = nearer
            lane, end = _quickest(lanes, stretch, step)
        rows += rows_on(lane, wanted, stretch.up_to(end), step, size - len(rows))
        if len(rows) == size:
            return Walk(rows, rows[-1].id)
        if end is None:
            return Walk(rows, None)
        stretch = stretch.beyond(end)
    return Walk(rows, end)


def _quickest(lanes: list[Lane], stretch: Stretch, width: int) -> tuple[Lane, int | None]:
    """The way on which so many events reach furthest, and where they end; None if all there is of the stretch."""
    best, furthest = lanes[0], lanes[0].find_end(stretch, width)
    for lane in lanes[1:]:
        if furthest is None:
            break
        end = lane.find_end(stretch, width)
        if end is None or (end > furthest if stretch.upwards else end < furthest):
            best, furthest = lane, end
    return best, furthest


def find_stretch(wanted: Wanted) -> Stretch | None:
    """The ids among which events of the wanted time are; None when there was no event then."""
    first = 0 if wanted.since is None else first_id_since(wanted.since)
    last = HIGHEST_ID if wanted.until is None else last_id_before(wanted.until)
    return None if first is None or last is None else Stretch(first, last)


def newest_id() -> int:
    """The highest id that is stored; 0 when there is no event."""
    return db.session.scalar(select(func.max(AuditEvent.id))) or 0


def find_event(event_id: int) -> AuditEvent | None:
    return db.session.get(AuditEvent, event_id)


def ids_matching(text: str) -> list[str]:
    """Accounts meant by an id, a username or an address."""
    key = text.strip().lower()
    query = union(
        select(Account.id).where(Account.id == key),
        select(Account.id).where(Account.username_key == key),
        select(EmailAddress.account_id).where(EmailAddress.address_key == key),
    )
    return sorted(db.session.scalars(query))[:20]
