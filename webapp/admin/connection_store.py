"""What the page of a connection asks of the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from webapp.accounts.models import Account
from webapp.core.event_names import EventName
from webapp.infra.database import db
from webapp.infra.models import AuditEvent

if TYPE_CHECKING:
    from datetime import datetime

# Keys change rarely: among so many changes is the last one of each connection.
_MOST_LOOKED_AT: Final = 500


def list_key_changes(since: datetime) -> list[tuple[str, str | None]]:
    """The latest occasions on which keys were typed, latest first: the event's detail, and who it was by their name."""
    names = [str(EventName.CONNECTION_CREATED), str(EventName.CONNECTION_KEY_REPLACED)]
    query = (
        select(AuditEvent.detail, Account.display_name)
        .join(Account, Account.id == AuditEvent.actor_id, isouter=True)
        .where(AuditEvent.name.in_(names), AuditEvent.occurred_at >= since)
        .order_by(AuditEvent.id.desc())
        .limit(_MOST_LOOKED_AT)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]
