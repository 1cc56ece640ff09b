"""Every query about sign-ins that wait for a second step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from webapp.infra.database import begin_writing, db
from webapp.signin.models import PendingSignIn

if TYPE_CHECKING:
    from datetime import datetime


def add(pending: PendingSignIn) -> None:
    """Store a new one."""
    db.session.add(pending)


def find(token_digest: bytes) -> PendingSignIn | None:
    """The one behind a token, as it stands now."""
    query = select(PendingSignIn).where(PendingSignIn.token_digest == token_digest)
    return db.session.scalar(query.execution_options(populate_existing=True))


def finish(pending_id: str, moment: datetime) -> bool:
    """Use it up, in one guarded statement; False when it was over."""
    finished = db.session.execute(
        update(PendingSignIn)
        .where(PendingSignIn.id == pending_id, PendingSignIn.finished_at.is_(None))
        .where(PendingSignIn.expires_at > moment)
        .values(finished_at=moment)
        .execution_options(synchronize_session=False)
    )
    return bool(finished.rowcount == 1)  # type: ignore[attr-defined]


def forget_expired(before: datetime, most: int) -> int:
    """Delete so many that ended before then, oldest first; how many were."""
    query = select(PendingSignIn.id).where(PendingSignIn.expires_at < before)
    found = db.session.scalars(query.order_by(PendingSignIn.expires_at).limit(most)).all()
    if not found:
        return 0
    begin_writing()
    deleted = db.session.execute(
        delete(PendingSignIn).where(PendingSignIn.id.in_(found)).execution_options(synchronize_session=False)
    )
    return int(deleted.rowcount)  # type: ignore[attr-defined]
