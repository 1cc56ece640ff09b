"""Every query about endpoints; those about messages on their way are in queue_store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update

from webapp.infra.database import count_changed, db, insert_unless_there
from webapp.webhooks.models import WebhookEndpoint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


def find_endpoint(endpoint_id: str) -> WebhookEndpoint | None:
    """The endpoint of that id, as the database holds it now."""
    query = select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def hold_endpoint(endpoint_id: str) -> WebhookEndpoint | None:
    """The endpoint, which nobody else changes until the unit ends."""
    query = select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def list_endpoints() -> Sequence[WebhookEndpoint]:
    """Every endpoint, by name."""
    return db.session.scalars(select(WebhookEndpoint).order_by(WebhookEndpoint.name)).all()


def list_wishes() -> list[tuple[str, str]]:
    """What each endpoint that is on asks for: id, and public names separated by spaces."""
    query = select(WebhookEndpoint.id, WebhookEndpoint.events).where(WebhookEndpoint.is_enabled)
    # The events of the present unit are not stored for the sake of this question.
    with db.session.no_autoflush:
        return [(endpoint_id, events) for endpoint_id, events in db.session.execute(query)]


def count_endpoints() -> int:
    """How many there are."""
    return db.session.scalar(select(func.count()).select_from(WebhookEndpoint)) or 0


def add_endpoint(**values: object) -> bool:
    """Store an endpoint; False when its id or name is taken."""
    return insert_unless_there(WebhookEndpoint, **values)


def is_name_taken(name: str, *, besides: str) -> bool:
    """Whether another endpoint has it."""
    query = select(WebhookEndpoint.id).where(WebhookEndpoint.name == name, WebhookEndpoint.id != besides)
    return db.session.scalar(query) is not None


def change_endpoint(endpoint_id: str, values: Mapping[str, Any]) -> None:
    """Store what changed of a held endpoint."""
    statement = update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id).values(**values)
    db.session.execute(statement.execution_options(synchronize_session="evaluate"))


def remove_endpoint(endpoint_id: str) -> None:
    """Let go of it. What is known of its messages is forgotten by maintenance, in small batches."""
    statement = delete(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id)
    db.session.execute(statement.execution_options(synchronize_session="fetch"))


def note_delivery(endpoint_id: str) -> None:
    """It works (again)."""
    count_changed(
        update(WebhookEndpoint)
        .where(WebhookEndpoint.id == endpoint_id, WebhookEndpoint.failing_since.is_not(None))
        .values(failing_since=None)
    )


def note_failure(endpoint_id: str, moment: datetime) -> None:
    """It fails, since now unless it did so before."""
    count_changed(
        update(WebhookEndpoint)
        .where(WebhookEndpoint.id == endpoint_id, WebhookEndpoint.failing_since.is_(None))
        .values(failing_since=moment)
    )


def turn_off_failing(endpoint_id: str, before: datetime, moment: datetime) -> bool:
    """Turn it off if it has failed since a moment before that one; whether this did it."""
    return bool(
        count_changed(
            update(WebhookEndpoint)
            .where(WebhookEndpoint.id == endpoint_id, WebhookEndpoint.is_enabled)
            .where(WebhookEndpoint.failing_since < before)
            .values(is_enabled=False, turned_off_at=moment, version=WebhookEndpoint.version + 1)
        )
    )


def list_with_former_secret(before: datetime, most: int) -> Sequence[str]:
    """The ids of endpoints whose former secret does not sign any more."""
    query = select(WebhookEndpoint.id).where(WebhookEndpoint.former_secret_until <= before)
    return db.session.scalars(query.limit(most)).all()


def forget_former_secrets(endpoint_ids: Sequence[str], before: datetime) -> int:
    """Erase their former secrets, unless there is another one by now; how many."""
    return count_changed(
        update(WebhookEndpoint)
        .where(WebhookEndpoint.id.in_(endpoint_ids), WebhookEndpoint.former_secret_until <= before)
        .values(former_secret_sealed=None, former_secret_until=None)
    )
