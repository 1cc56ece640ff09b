"""Every query of the audit trail as administrators look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from webapp.accounts.models import Account, EmailAddress
from webapp.admin.keyset import PAGE_SIZE, page_by_key
from webapp.infra.database import db
from webapp.infra.models import AuditEvent

if TYPE_CHECKING:
    from webapp.core.paging import Cursor, Page


def page_of_events(
    *, name: str, account_ids: list[str] | None, result: str, cursor: Cursor | None, size: int = PAGE_SIZE
) -> Page[AuditEvent]:
    """Audit events that match, newest first; `account_ids` None means anybody's."""
    query = select(AuditEvent)
    if name:
        query = query.where(AuditEvent.name == name)
    if result:
        query = query.where(AuditEvent.result == result)
    if account_ids is not None:
        query = query.where(or_(AuditEvent.account_id.in_(account_ids), AuditEvent.actor_id.in_(account_ids)))
    edge = (cursor.key[0],) if cursor else None
    return page_by_key(query, (AuditEvent.id,), cursor, edge, lambda row: (row.id,), size)


def ids_matching(who: str) -> list[str]:
    """Accounts meant by an id, a username or an address."""
    text = who.strip().lower()
    by_address = select(EmailAddress.account_id).where(EmailAddress.address_key == text)
    query = select(Account.id).where(
        or_(Account.id == text, Account.username_key == text, Account.id.in_(by_address))
    )
    return list(db.session.scalars(query.limit(20)))
