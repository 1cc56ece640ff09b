"""From moments to ids, in which the audit trail is read: nearly in order of time, but not quite.

Nodes have clocks of their own, events are stored a little after they happen, and several may share a moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from webapp.infra.database import db
from webapp.infra.models import AuditEvent

if TYPE_CHECKING:
    from datetime import datetime

# No event is stored when this many later ones are stored already.
_MOST_OVERTAKING: Final = 10_000


def first_id_since(moment: datetime) -> int | None:
    """No event of this moment or later has a lower id; None when there is none since then.

    One that was overtaken by more than _MOST_OVERTAKING later ones may have, and is then left out.
    """
    at = AuditEvent.occurred_at
    query = select(AuditEvent.id).where(at >= moment).order_by(at, AuditEvent.id).limit(_MOST_OVERTAKING)
    found: int | None = db.session.scalar(select(func.min(query.subquery().c.id)))
    return found


def last_id_before(moment: datetime) -> int | None:
    """No event from before this moment has a higher id; None when there is none.

    One that overtook more than _MOST_OVERTAKING earlier ones may have, and is then left out.
    """
    at = AuditEvent.occurred_at
    query = select(AuditEvent.id).where(at < moment).order_by(at.desc(), AuditEvent.id.desc())
    found: int | None = db.session.scalar(select(func.max(query.limit(_MOST_OVERTAKING).subquery().c.id)))
    return found
