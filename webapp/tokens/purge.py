"""Revoked tokens and seen proofs are forgotten once nobody would accept them anyway."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select

from webapp.core import clock
from webapp.infra.database import begin_writing, db
from webapp.tokens.models import RevokedToken, SeenProof

if TYPE_CHECKING:
    from sqlalchemy.orm import InstrumentedAttribute

# More than any leeway of a verifier, and than the clocks of two nodes may differ.
_MARGIN: Final = timedelta(minutes=5)


def forget_revoked_tokens(most: int) -> int:
    """Delete so many revocations of tokens that have expired, oldest first; how many were."""
    return _forget(RevokedToken, RevokedToken.token_id, most)


def forget_seen_proofs(most: int) -> int:
    """Delete so many proofs that are too old to be shown again, oldest first; how many were."""
    return _forget(SeenProof, SeenProof.digest, most)


def _forget(table: type[RevokedToken | SeenProof], key: InstrumentedAttribute[Any], most: int) -> int:
    before = clock.now() - _MARGIN
    query = select(key).where(table.expires_at < before).order_by(table.expires_at).limit(most)
    found = db.session.scalars(query).all()
    if not found:
        return 0
    begin_writing()
    deleted = db.session.execute(
        delete(table)
        .where(key.in_(found), table.expires_at < before)
        .execution_options(synchronize_session=False)
    )
    return int(deleted.rowcount)  # type: ignore[attr-defined]
