"""What was begun and never finished: apps that nobody confirmed, challenges that no passkey answered."""

from __future__ import annotations

from sqlalchemy import delete, select

from webapp.core import clock
from webapp.factors.enrolment import LIFETIME
from webapp.factors.models import PasskeyChallenge, TotpFactor
from webapp.infra.database import begin_writing, db


def forget_enrolments(most: int) -> int:
    """Delete so many apps that can be confirmed no more, which hold a secret all the same; how many were."""
    is_over = (TotpFactor.confirmed_at.is_(None), TotpFactor.created_at <= clock.now() - LIFETIME)
    found = db.session.scalars(select(TotpFactor.id).where(*is_over).limit(most)).all()
    if not found:
        return 0
    begin_writing()
    deleted = db.session.execute(
        delete(TotpFactor)
        .where(TotpFactor.id.in_(found), *is_over)
        .execution_options(synchronize_session=False)
    )
    return int(deleted.rowcount)  # type: ignore[attr-defined]


def forget_challenges(most: int) -> int:
    """Delete so many challenges that nobody can answer any more, oldest first; how many were."""
    is_over = PasskeyChallenge.expires_at <= clock.now()
    query = select(PasskeyChallenge.challenge_digest).where(is_over).order_by(PasskeyChallenge.expires_at)
    found = db.session.scalars(query.limit(most)).all()
    if not found:
        return 0
    begin_writing()
    deleted = db.session.execute(
        delete(PasskeyChallenge)
        .where(PasskeyChallenge.challenge_digest.in_(found), is_over)
        .execution_options(synchronize_session=False)
    )
    return int(deleted.rowcount)  # type: ignore[attr-defined]
