"""What people are told of a signing key: its state and its moments, past and planned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.keys.rotation import list_keys
from webapp.keys.sealed_keys import is_under_former_key, opens
from webapp.keys.timing import leaves_at, publication_wait, signs_from, successor_due_at

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.keys.models import SigningKey


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A key in all its states. A moment that is still ahead is planned; None is not known or will not come.

    `seal` is present, former (opens by a fallback alone), unreadable, or erased.
    """

    kid: str
    algorithm: str
    state: str
    published_at: datetime
    signs_from: datetime | None
    signs_until: datetime | None
    verifies_until: datetime | None
    seal: str


def list_facts(most: int = 100) -> list[KeyFacts]:
    """Next, current, retiring, then those that are over, the latest first."""
    return [facts_of(key) for key in list_keys(most)]


def facts_of(key: SigningKey) -> KeyFacts:
    """What the row says, and what follows from the settings."""
    begins = key.activated_at or (signs_from(key) if key.state == "next" else None)
    stops = key.retiring_at
    if key.state == "current":
        due = successor_due_at(key)
        stops = due + publication_wait() if due else None
    elif stops is None and key.activated_at is not None:
        stops = key.revoked_at
    return KeyFacts(
        kid=key.kid,
        algorithm=key.algorithm,
        state=key.state,
        published_at=key.created_at,
        signs_from=begins,
        signs_until=stops,
        verifies_until=key.revoked_at or key.retired_at or leaves_at(key),
        seal=_seal_of(key),
    )


def _seal_of(key: SigningKey) -> str:
    if not key.sealed_private_key:
        return "erased"
    if not opens(key):
        return "unreadable"
    return "former" if is_under_former_key(key) else "present"
