"""Challenges for passkeys: random, for one purpose and one browser, and answered once, rightly or wrongly."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Final, Literal

from webapp.core import clock
from webapp.factors import passkey_store as store

Purpose = Literal["register", "sign_in", "factor", "proof"]
CHALLENGE_LIFETIME: Final = timedelta(minutes=5)
# Web Authentication Level 3, section 13.4.3, asks for 16.
_CHALLENGE_BYTES: Final = 32


def make_challenge(purpose: Purpose, *, account_id: str | None, bound_to: str) -> bytes:
    """A new challenge. `bound_to` names the session, pending sign-in or browser it is for, in up to 64 characters."""
    if not bound_to:
        raise ValueError("a challenge is for somebody")
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    store.add_challenge(
        challenge_digest=_digest(challenge),
        purpose=purpose,
        account_id=account_id,
        bound_to=bound_to,
        expires_at=clock.now() + CHALLENGE_LIFETIME,
    )
    return challenge


def take_challenge(challenge: bytes, purpose: Purpose, *, account_id: str | None, bound_to: str) -> bool:
    """Spend a challenge, whatever comes of it; whether it was made for this and is still good."""
    found = store.take_challenge(_digest(challenge))
    if found is None:
        return False
    made_for, whose, binding, expires_at = found
    return (made_for, whose, binding) == (purpose, account_id, bound_to) and clock.now() < expires_at


def _digest(challenge: bytes) -> bytes:
    return hashlib.sha256(challenge).digest()
