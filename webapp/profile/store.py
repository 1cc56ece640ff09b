"""Every query of self-service: a person's own events, and accounts whose deletion is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from webapp.accounts.models import Account, FormerAddress
from webapp.infra.database import db
from webapp.infra.models import AuditEvent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def list_events(account_id: str, *, before: int | None, size: int) -> Sequence[AuditEvent]:
    """What happened to the account, latest first, of events older than `before`; never what it did to others."""
    query = select(AuditEvent).where(AuditEvent.account_id == account_id)
    if before is not None:
        query = query.where(AuditEvent.id < before)
    return db.session.scalars(query.order_by(AuditEvent.id.desc()).limit(size)).all()


def list_former_addresses(account_id: str) -> Sequence[FormerAddress]:
    """Addresses that were replaced and are kept for their owner, latest first."""
    query = select(FormerAddress).where(FormerAddress.account_id == account_id)
    return db.session.scalars(query.order_by(FormerAddress.replaced_at.desc())).all()


def list_due(moment: datetime, size: int) -> Sequence[str]:
    """Accounts to be deleted by that moment, longest due first."""
    query = select(Account.id).where(Account.deletion_due_at <= moment)
    return db.session.scalars(query.order_by(Account.deletion_due_at, Account.id).limit(size)).all()


def delete_account(account_id: str) -> None:
    """The row and, with it, every row that belongs to the account; the audit trail names it by its id only."""
    db.session.execute(
        delete(Account).where(Account.id == account_id).execution_options(synchronize_session=False)
    )
