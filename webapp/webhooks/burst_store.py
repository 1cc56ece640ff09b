"""How often sign-ins failed lately, and before. Each question reads the failed ones alone, by index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, false, func, select

from webapp.core.event_names import EventName
from webapp.infra.audit_hours import counts_by_hour, hour_of
from webapp.infra.audit_moments import first_id_since
from webapp.infra.database import db
from webapp.infra.models import AuditEvent

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement

_FAILED = str(EventName.LOGIN_FAILED)
# Enough to say that it is no burst; a busy account is not counted to the end.
_MOST_COUNTED = 50_000


def count_failures(since: datetime) -> dict[str | None, int]:
    """How many sign-ins failed since then, by account; None stands for names that nobody has."""
    query = select(AuditEvent.account_id, func.count()).where(AuditEvent.name == _FAILED, _since(since))
    return {row[0]: row[1] for row in db.session.execute(query.group_by(AuditEvent.account_id))}


def count_former_failures(account_id: str | None, since: datetime, until: datetime) -> int:
    """How many failed between these moments: of one account, or (None) of all, then in whole hours that are over."""
    if account_id is None:
        return sum(counts_by_hour((_FAILED,), since, hour_of(until)).values())
    rows = (
        select(AuditEvent.id)
        .where(AuditEvent.account_id == account_id, AuditEvent.name == _FAILED, _since(since))
        .where(AuditEvent.occurred_at < until)
        .limit(_MOST_COUNTED)
        .subquery()
    )
    return db.session.scalar(select(func.count()).select_from(rows)) or 0


def list_told(since: datetime) -> set[str | None]:
    """The accounts of which a burst was told since then; None among them where one of the whole service was."""
    query = select(AuditEvent.account_id).where(
        AuditEvent.name == str(EventName.LOGIN_FAILED_BURST), _since(since)
    )
    return set(db.session.scalars(query))


def _since(moment: datetime) -> ColumnElement[bool]:
    """By id too, so that the index of names or of accounts is read from there on, not from the beginning."""
    first = first_id_since(moment)
    return false() if first is None else and_(AuditEvent.id >= first, AuditEvent.occurred_at >= moment)
