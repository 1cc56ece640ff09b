"""What several parts of the console ask about accounts."""

from __future__ import annotations

from sqlalchemy import select

from webapp.accounts.models import Account
from webapp.infra.database import db


def names_of(account_ids: set[str]) -> dict[str, str]:
    """What to call these accounts now."""
    if not account_ids:
        return {}
    rows = db.session.execute(select(Account.id, Account.display_name).where(Account.id.in_(account_ids)))
    return {row.id: row.display_name for row in rows}
