"""A sealed audit trail, and what is asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.audit_chain import seal_events
from webapp.infra.audit_verification import Verification
from webapp.infra.database import db, unit_of_work
from webapp.infra.models import AuditEvent, AuditSegment

if TYPE_CHECKING:
    from collections.abc import Mapping


def record(number: int) -> None:
    """So many events."""
    with unit_of_work():
        for each in range(number):
            record_event(EventName.LOGIN_FAILED, result="failure", detail={"reason": "wrong", "number": each})


def seal(most: int = 500) -> int:
    with unit_of_work(writes=False):
        return seal_events(most)


def seal_segments(number: int, size: int) -> None:
    """So many segments of so many events, after one of what there was before."""
    seal()
    for _ in range(number):
        record(size)
        assert seal() == size


def find(first: int = 1, anchors: Mapping[int, frozenset[str]] | None = None) -> list[str]:
    """What a verification finds."""
    check = Verification(first, anchors)
    found: list[str] = []
    while not check.is_done:
        with unit_of_work(writes=False):
            found += [str(each) for each in check.advance()]
    db.session.expire_all()
    return found


def list_rows() -> list[AuditEvent]:
    with unit_of_work(writes=False):
        return list(db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)))


def list_chain() -> list[AuditSegment]:
    with unit_of_work(writes=False):
        return list(db.session.scalars(select(AuditSegment).order_by(AuditSegment.id)))
