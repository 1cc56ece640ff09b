"""Letters: what waits in vain is given up, what was kept to be looked at is erased, what is long over is forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, func, or_, select, update

from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.database import begin_writing, count_changed, db
from webapp.infra.delivery import GIVEN_UP_AFTER
from webapp.infra.models import Mail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute

# Where nobody delivers, or not often enough to try each: a link in them has run out long since.
OVERDUE_AFTER: Final = timedelta(days=4)
KEPT_IN_MAILBOX: Final = timedelta(days=1)
FORGOTTEN_AFTER: Final = timedelta(days=30)
_REASON: Final = "nobody could deliver it in time"


def give_up_overdue(most: int) -> int:
    """Give up so many letters whose time is over and that nobody is at, with an event each; how many were."""
    moment = clock.now()
    too_old = or_(
        and_(Mail.attempts > 0, Mail.created_at < moment - GIVEN_UP_AFTER),
        Mail.created_at < moment - OVERDUE_AFTER,
    )
    idle = or_(Mail.claimed_until.is_(None), Mail.claimed_until <= moment)
    overdue = and_(Mail.due_at.is_not(None), too_old, idle)
    query = select(Mail.id, Mail.kind, Mail.account_id).where(overdue).order_by(Mail.due_at).limit(most)
    found = db.session.execute(query).all()
    if not found:
        return 0
    begin_writing()
    given_up = 0
    erased = {"given_up_at": moment, "due_at": None, "claimed_until": None, "body": None}
    for mail_id, kind, account_id in found:
        if count_changed(update(Mail).where(Mail.id == mail_id, overdue).values(**erased)):
            detail = {"kind": kind, "reason": _REASON}
            record_event(EventName.MAIL_GIVEN_UP, account_id=account_id, result="failure", detail=detail)
            given_up += 1
    return given_up


def erase_kept_letters(most: int) -> int:
    """Erase so many letters that were kept for the mailbox page and have been there for a day; how many were."""
    before = clock.now() - KEPT_IN_MAILBOX
    kept = and_(Mail.body.is_not(None), Mail.delivered_at.is_not(None), Mail.delivered_at < before)
    found = _list_ids(kept, Mail.delivered_at, most)
    return count_changed(update(Mail).where(Mail.id.in_(found)).values(body=None)) if found else 0


def forget_letters(most: int) -> int:
    """Delete so many rows of letters that were delivered or given up longer ago than that; how many were."""
    before = clock.now() - FORGOTTEN_AFTER
    # Nothing is said of `due_at`: by its index every letter that is over would be read for each batch.
    found = _list_ids(
        and_(Mail.created_at < before, func.coalesce(Mail.delivered_at, Mail.given_up_at) < before),
        Mail.created_at,
        most,
    )
    return count_changed(delete(Mail).where(Mail.id.in_(found))) if found else 0


def _list_ids(condition: ColumnElement[bool], age: InstrumentedAttribute[Any], most: int) -> Sequence[str]:
    """So many of them, oldest first by `age`; the unit then writes, if there are any."""
    found = db.session.scalars(select(Mail.id).where(condition).order_by(age).limit(most)).all()
    if found:
        begin_writing()
    return found
