"""Every query about signing keys. A change of state is one UPDATE guarded by the state it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select, text, update

from webapp.infra.alone import SIGNING_KEYS
from webapp.infra.database import db
from webapp.keys.models import SigningKey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

PUBLISHED = ("next", "current", "retiring")
_RING = (
    select(
        SigningKey.kid,
        SigningKey.algorithm,
        SigningKey.state,
        SigningKey.sealed_private_key,
        SigningKey.created_at,
        SigningKey.activated_at,
        SigningKey.retiring_at,
    )
    .where(SigningKey.state.in_(PUBLISHED))
    .order_by(SigningKey.created_at, SigningKey.kid)
)
_ORDER = case({"next": 0, "current": 1, "retiring": 2}, value=SigningKey.state, else_=3)


def read_ring(connection: Connection) -> Sequence[Any]:
    """The published keys with all that a node needs of them, oldest first, in a connection of the caller's."""
    return connection.execute(_RING).all()


def list_published() -> dict[str, list[SigningKey]]:
    """The published keys as they stand now, by state, oldest first."""
    query = select(SigningKey).where(SigningKey.state.in_(PUBLISHED))
    query = query.order_by(SigningKey.created_at, SigningKey.kid).execution_options(populate_existing=True)
    found: dict[str, list[SigningKey]] = {state: [] for state in PUBLISHED}
    for key in db.session.scalars(query):
        found[key.state].append(key)
    return found


def list_keys(most: int) -> Sequence[SigningKey]:
    """Next, current, retiring, then those that are over, the latest first."""
    over_at = func.coalesce(SigningKey.revoked_at, SigningKey.retired_at, SigningKey.created_at)
    query = select(SigningKey).order_by(_ORDER, over_at.desc(), SigningKey.kid).limit(most)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def find(kid: str) -> SigningKey | None:
    """The key of that name in any state."""
    query = select(SigningKey).where(SigningKey.kid == kid)
    return db.session.scalar(query.execution_options(populate_existing=True))


def add(key: SigningKey) -> None:
    """Store a new key."""
    db.session.add(key)
    db.session.flush()


def move(key: SigningKey, state: str, **times: datetime) -> bool:
    """Put the key into another state, if it still is in the one it was read in. Whoever is over keeps no secret."""
    values: dict[str, Any] = {"state": state, **times}
    if state not in PUBLISHED:
        values["sealed_private_key"] = b""
    return _update(key, SigningKey.state == key.state, values)


def reseal(key: SigningKey, sealed: bytes) -> bool:
    """Store the same secret under another seal, if nobody else did so since it was read."""
    return _update(
        key, SigningKey.sealed_private_key == key.sealed_private_key, {"sealed_private_key": sealed}
    )


def _update(key: SigningKey, guard: Any, values: dict[str, Any]) -> bool:
    statement = update(SigningKey).where(SigningKey.kid == key.kid, guard).values(**values)
    changed = db.session.execute(statement.execution_options(synchronize_session=False))
    db.session.refresh(key)
    return bool(changed.rowcount == 1)  # type: ignore[attr-defined]


def hold_ring() -> None:
    """Let nobody else change the ring until this unit ends. A SQLite writer holds the only write lock already."""
    if _is_shared():
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SIGNING_KEYS})


def try_hold_ring() -> bool:
    """As `hold_ring`, but False at once while somebody else holds it: they are doing what is due."""
    if not _is_shared():
        return True
    return bool(db.session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": SIGNING_KEYS}))


def _is_shared() -> bool:
    return bool(db.session.get_bind().dialect.name == "postgresql")
