"""Locks that run out: maintenance opens the account again, and the trail says that the server did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.accounts import service
from webapp.accounts.errors import AccountNotFound
from webapp.accounts.models import Account
from webapp.core import clock
from webapp.infra.database import begin_writing, db

if TYPE_CHECKING:
    from datetime import datetime


def unlock_due(most: int) -> int:
    """Unlock so many accounts whose lock has run out, in the present unit, oldest first; how many were."""
    moment = clock.now()
    query = select(Account.id).where(Account.locked_until <= moment)
    found = db.session.scalars(query.order_by(Account.locked_until, Account.id).limit(most)).all()
    if not found:
        return 0
    begin_writing()
    return sum(_unlock(account_id, moment) for account_id in found)


def _unlock(account_id: str, moment: datetime) -> bool:
    try:
        account = service.hold_account(account_id)
    except AccountNotFound:
        return False
    # Somebody may have unlocked it, and locked it again for longer, in this very moment.
    if account.locked_until is None or account.locked_until > moment:
        return False
    return service.unlock(account, actor_id=None)
