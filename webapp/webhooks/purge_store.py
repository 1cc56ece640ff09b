"""The queries by which maintenance clears the queue of messages, and renews what vouches for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, true, update

from webapp.infra.database import count_changed, db
from webapp.webhooks.models import WebhookEndpoint, WebhookMessage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row


def list_overdue(before: datetime, most: int) -> Sequence[str]:
    """The ids of messages on their way that were due before that moment."""
    waiting = WebhookMessage.due_at.is_not(None)
    for endpoint_id in _endpoints_named(waiting):
        query = select(WebhookMessage.id).where(
            WebhookMessage.endpoint_id == endpoint_id, waiting, WebhookMessage.due_at < before
        )
        if found := db.session.scalars(query.limit(most)).all():
            return found
    return ()


def give_up(message_ids: Sequence[str], moment: datetime) -> int:
    """Nobody sends these; how many were on their way."""
    return count_changed(
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
    there = set(db.session.scalars(select(WebhookEndpoint.id)))
    for endpoint_id in _endpoints_named(true()):
        if endpoint_id not in there:
            query = select(WebhookMessage.id).where(WebhookMessage.endpoint_id == endpoint_id)
            return db.session.scalars(query.limit(most)).all()
    return ()


def iterate_by_marks(marks: Sequence[bytes], most: int) -> Iterator[Sequence[Row[str, str, str, str, bytes]]]:
    """Id, endpoint, event, body and MAC of messages on their way whose MAC begins with one of these marks; so many at a
    time, until all were given.
    """
    waiting = WebhookMessage.due_at.is_not(None)
    for endpoint_id in _endpoints_named(waiting):
        query = select(
            WebhookMessage.id,
            WebhookMessage.endpoint_id,
            WebhookMessage.event,
            WebhookMessage.body,
            WebhookMessage.mac,
        ).where(WebhookMessage.endpoint_id == endpoint_id, waiting)
        is_marked = func.substr(WebhookMessage.mac, 1, len(marks[0])).in_(marks)
        query = query.where(is_marked).order_by(WebhookMessage.id).limit(most)
        found = db.session.execute(query).all()
        while found:
            yield found
            found = db.session.execute(query.where(WebhookMessage.id > found[-1].id)).all()


def replace_mac(message_id: str, before: bytes, after: bytes) -> int:
    """Store the MAC as it is made now, unless there is another by now; how many rows that were."""
    return count_changed(
        update(WebhookMessage)
        .where(WebhookMessage.id == message_id, WebhookMessage.mac == before)
        .values(mac=after)
    )


def delete_messages(message_ids: Sequence[str]) -> int:
    """With every attempt at them; how many there were."""
    return count_changed(delete(WebhookMessage).where(WebhookMessage.id.in_(message_ids)))


def _endpoints_named(condition: ColumnElement[bool]) -> Iterator[str]:
    """The endpoints that such messages name, from one to the next in the index: they are few, the messages are not."""
    after = ""
    while True:
        named = select(func.min(WebhookMessage.endpoint_id)).where(
            condition, WebhookMessage.endpoint_id > after
        )
        found = db.session.scalar(named)
        if found is None:
            return
        yield found
        after = found
