"""Every query about clients and services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from webapp.infra.database import db
from webapp.tokens.models import Client, Service

if TYPE_CHECKING:
    from datetime import datetime


def find_client(client_id: str) -> Client | None:
    """The client of that id, revoked or not."""
    query = select(Client).where(Client.id == client_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def find_service(audience: str) -> Service | None:
    """The service that goes by this audience."""
    return db.session.scalar(select(Service).where(Service.audience == audience))


def add(row: Client | Service) -> None:
    """Store a new client or service."""
    db.session.add(row)


def note_use(client_id: str, moment: datetime) -> None:
    """Remember when a client was last heard."""
    db.session.execute(
        update(Client)
        .where(Client.id == client_id)
        .values(last_used_at=moment)
        .execution_options(synchronize_session=False)
    )
