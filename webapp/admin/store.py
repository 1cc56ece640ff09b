"""What several parts of the console ask about accounts and sessions."""

from __future__ import annotations

from sqlalchemy import select

from webapp.accounts.models import Account
from webapp.core.event_names import EventName
from webapp.infra.database import db
from webapp.infra.models import AuditEvent


def actors_of_ends(account_id: str, size: int) -> dict[str, str | None]:
    """Who ended the account's sessions, by session, as the latest so many events of that kind say it."""
    query = (
        select(AuditEvent.session_id, AuditEvent.actor_id)
        # Not by the index of names, which would go through the ends of everybody's sessions.
        .where(AuditEvent.account_id == account_id, AuditEvent.name.concat("") == EventName.SESSION_ENDED)
        .order_by(AuditEvent.id.desc())
        .limit(size)
    )
    return {row.session_id: row.actor_id for row in db.session.execute(query)}


def names_of(account_ids: set[str]) -> dict[str, str]:
    """What to call these accounts now."""
    if not account_ids:
        return {}
    rows = db.session.execute(select(Account.id, Account.display_name).where(Account.id.in_(account_ids)))
    return {row.id: row.display_name for row in rows}
