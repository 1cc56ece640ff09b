"""Queries about what passkeys answer: challenges, credentials, counters. What factors have in common is in store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from webapp.factors.models import Passkey, PasskeyChallenge
from webapp.infra.database import db, insert_unless_there

if TYPE_CHECKING:
    from datetime import datetime


def find_by_credential_id(credential_id: bytes) -> Passkey | None:
    """The passkey that an authenticator calls so, whosever it is."""
    return db.session.scalar(select(Passkey).where(Passkey.credential_id == credential_id))


def add_passkey(**values: object) -> bool:
    """Store a passkey; False when its credential is somebody's already, also since this very moment."""
    return insert_unless_there(Passkey, **values)


def note_use(passkey_id: str, sign_count: int, moment: datetime, *, is_synced: bool) -> bool:
    """Remember a use; False when the counter did not grow, as it does on every authenticator that counts.

    Guarded, so that of two answers with one count, at once or one after the other, a single one is taken
    (Web Authentication Level 3, section 7.2, step 22). Authenticators that do not count always say 0.
    """
    grows = Passkey.sign_count < sign_count if sign_count else Passkey.sign_count == 0
    noted = db.session.execute(
        update(Passkey)
        .where(Passkey.id == passkey_id, grows)
        .values(sign_count=sign_count, is_synced=is_synced, last_used_at=moment)
        .execution_options(synchronize_session="fetch")
    )
    return bool(noted.rowcount == 1)  # type: ignore[attr-defined]


def add_challenge(**values: object) -> None:
    """Remember a challenge, in the present unit."""
    db.session.add(PasskeyChallenge(**values))


def take_challenge(digest: bytes) -> tuple[str, str | None, str, datetime] | None:
    """Purpose, account, binding and end of a challenge, which is gone from now on; None when there is none.

    One statement: of many answers to one challenge a single one finds it.
    """
    taken = db.session.execute(
        delete(PasskeyChallenge)
        .where(PasskeyChallenge.challenge_digest == digest)
        .returning(
            PasskeyChallenge.purpose,
            PasskeyChallenge.account_id,
            PasskeyChallenge.bound_to,
            PasskeyChallenge.expires_at,
        )
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return None if taken is None else (taken.purpose, taken.account_id, taken.bound_to, taken.expires_at)
