"""What changing a setting asks about accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from webapp.accounts.models import Account, AccountRole
from webapp.infra.database import db

if TYPE_CHECKING:
    from collections.abc import Collection


def count_without_factor(roles: Collection[str], most: int) -> int:
    """Accounts that hold one of these roles and have no second factor, counted up to `most`."""
    found = (
        select(AccountRole.account_id)
        .join(Account, Account.id == AccountRole.account_id)
        .where(AccountRole.role_name.in_(roles), Account.second_factor_since.is_(None))
        .distinct()
        .limit(most)
    )
    return db.session.scalar(select(func.count()).select_from(found.subquery())) or 0
