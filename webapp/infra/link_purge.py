"""Single-use links that nobody can use any more are kept a month, to say "used" or "expired", and then deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select

from webapp.core import clock
from webapp.infra.database import begin_writing, db
from webapp.infra.models import SingleUseLink

KEPT_AFTER_EXPIRY: Final = timedelta(days=30)


def forget_links(most: int) -> int:
    """Delete so many links, spent or not, that expired longer ago than that, oldest first; how many were."""
    before = clock.now() - KEPT_AFTER_EXPIRY
    query = select(SingleUseLink.id).where(SingleUseLink.expires_at < before)
    found = db.session.scalars(query.order_by(SingleUseLink.expires_at).limit(most)).all()
    if not found:
        return 0
    begin_writing()
    deleted = db.session.execute(
        delete(SingleUseLink)
        .where(SingleUseLink.id.in_(found), SingleUseLink.expires_at < before)
        .execution_options(synchronize_session=False)
    )
    return int(deleted.rowcount)  # type: ignore[attr-defined]
