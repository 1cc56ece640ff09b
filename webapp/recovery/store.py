"""Every query of recovering a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from webapp.infra.database import db
from webapp.infra.models import SingleUseLink

if TYPE_CHECKING:
    from datetime import datetime


def last_reset_link(account_id: str) -> datetime | None:
    """When the latest reset link of an account was made, used or not."""
    query = select(func.max(SingleUseLink.created_at)).where(
        SingleUseLink.account_id == account_id, SingleUseLink.purpose == "password_reset"
    )
    return db.session.scalar(query)
