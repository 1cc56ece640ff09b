"""The queries by which maintenance clears the queue of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from webapp.infra.database import db
from webapp.webhooks.models import WebhookEndpoint, WebhookMessage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def list_overdue(before: datetime, most: int) -> Sequence[str]:
    """The ids of messages on their way that were due before that moment."""
    query = select(WebhookMessage.id).where(
        WebhookMessage.due_at.is_not(None), WebhookMessage.due_at < before
    )
    return db.session.scalars(query.limit(most)).all()


def give_up(message_ids: Sequence[str], moment: datetime) -> int:
    """Nobody sends these; how many were on their way."""
    return _count(
        update(WebhookMessage)
        .where(WebhookMessage.id.in_(message_ids), WebhookMessage.due_at.is_not(None))
        .values(due_at=None, claimed_until=None, given_up_at=moment, last_problem="overdue")
    )


def list_old(before: datetime, most: int) -> Sequence[str]:
    """The ids of messages of before that moment, whatever became of them, oldest first."""
    query = select(WebhookMessage.id).where(WebhookMessage.created_at < before)
    return db.session.scalars(query.order_by(WebhookMessage.created_at).limit(most)).all()


def list_orphans(most: int) -> Sequence[str]:
    """The ids of messages to endpoints that are there no more."""
    query = select(WebhookMessage.id).where(WebhookMessage.endpoint_id.not_in(select(WebhookEndpoint.id)))
    return db.session.scalars(query.limit(most)).all()


def delete_messages(message_ids: Sequence[str]) -> int:
    """With every attempt at them; how many there were."""
    return _count(delete(WebhookMessage).where(WebhookMessage.id.in_(message_ids)))


def _count(statement: Any) -> int:
    changed = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(changed.rowcount)  # type: ignore[attr-defined]
