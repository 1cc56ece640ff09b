"""Every query behind "why was this person signed out"."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from webapp.admin.keyset import microseconds_of, moment_of, page_by_key
from webapp.core.event_names import EventName
from webapp.infra.audit_moments import first_id_since
from webapp.infra.database import db
from webapp.infra.models import AuditEvent
from webapp.sessions.models import Session

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from webapp.core.paging import Cursor, Page

_BEYOND_ALL = 2**62
_SIGN_IN_FAILURES = (EventName.LOGIN_FAILED, EventName.LOGIN_REFUSED, EventName.FACTOR_FAILED)


class End(NamedTuple):
    """Who ended a session, as far as the trail tells, and the request that did."""

    session_id: str | None
    actor_id: str | None
    via: str
    request_id: str


def page_of_ended(account_id: str, cursor: Cursor | None, size: int) -> Page[Session]:
    """The sessions of an account that are over, the latest end first."""
    query = select(Session).where(Session.account_id == account_id, Session.ended_at.is_not(None))
    edge = (moment_of(cursor.key[0]), cursor.key[1]) if cursor else None
    return page_by_key(query, (Session.ended_at, Session.id), cursor, edge, _key_of, size)


def ends_of(account_id: str, session_ids: Collection[str], since: datetime) -> dict[str | None, End]:
    """How these sessions ended, by session; none of them ended before `since`."""
    query = (
        select(AuditEvent.session_id, AuditEvent.actor_id, AuditEvent.via, AuditEvent.request_id)
        # Not by the index of names, which would go through the ends of everybody's sessions.
        .where(AuditEvent.account_id == account_id, AuditEvent.id >= _first_id(since))
        .where(AuditEvent.name.concat("") == EventName.SESSION_ENDED)
        .where(AuditEvent.session_id.in_(session_ids))
    )
    return {
        row.session_id: End(row.session_id, row.actor_id, row.via, row.request_id)
        for row in db.session.execute(query)
    }


def list_failures(account_id: str, since: datetime, size: int) -> Sequence[AuditEvent]:
    """Sign-ins of an account that came to nothing since then, latest first."""
    query = (
        select(AuditEvent)
        .where(AuditEvent.account_id == account_id, AuditEvent.id >= _first_id(since))
        .where(AuditEvent.name.concat("").in_([str(each) for each in _SIGN_IN_FAILURES]))
    )
    return db.session.scalars(query.order_by(AuditEvent.id.desc()).limit(size)).all()


def _first_id(since: datetime) -> int:
    """Where events from that moment on begin, so that nobody's whole past is read; beyond all where there are none."""
    found = first_id_since(since)
    return _BEYOND_ALL if found is None else found


def _key_of(row: Session) -> tuple[str | int, ...]:
    return (microseconds_of(row.ended_at or row.created_at), row.id)
