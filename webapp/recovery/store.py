"""Every query of recovering a password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select

from webapp.core.event_names import EventName
from webapp.infra.database import db
from webapp.infra.models import AuditEvent, SingleUseLink

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class LatelyMade:
    """The reset links of an account since a moment: the latest, how many, and whether one more was withheld."""

    last: datetime | None
    number: int
    is_withheld: bool


def reset_links_since(account_id: str, moment: datetime) -> LatelyMade:
    """The reset links of an account made since then, used or not; one question whoever it is about."""
    withheld = exists().where(
        AuditEvent.account_id == account_id,
        AuditEvent.name == str(EventName.RESET_LINK_WITHHELD),
        AuditEvent.occurred_at > moment,
    )
    query = select(func.max(SingleUseLink.created_at), func.count(), withheld).where(
        SingleUseLink.account_id == account_id,
        SingleUseLink.purpose == "password_reset",
        SingleUseLink.created_at > moment,
    )
    last, number, is_withheld = db.session.execute(query).one()
    return LatelyMade(last, number, bool(is_withheld))
