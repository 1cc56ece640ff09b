"""Every query about signing keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, text

from webapp.infra.database import db
from webapp.keys.models import SigningKey

if TYPE_CHECKING:
    from collections.abc import Sequence

# Any number no other lock of this application uses.
_RING_LOCK = 7_261_001


def list_published() -> Sequence[SigningKey]:
    """Keys that verify, oldest first."""
    query = select(SigningKey).where(SigningKey.state != "retired").order_by(SigningKey.created_at)
    return db.session.scalars(query).all()


def add(key: SigningKey) -> None:
    """Store a new key."""
    db.session.add(key)


def hold_ring() -> None:
    """Let nobody else change the ring until this unit ends. A SQLite writer holds the only write lock already."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _RING_LOCK})
