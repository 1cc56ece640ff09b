"""Sessions that are over, for whoever asks why somebody was signed out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.sessions import history_store as store
from webapp.sessions.causes import EndCause

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class EndedSession:
    """One sign-in that is over."""

    id: str
    device: str
    address: str
    created_at: datetime
    ended_at: datetime
    cause: EndCause


def list_ended_sessions(account_id: str, size: int = 10) -> list[EndedSession]:
    """The account's sessions that ended last, latest first, as long as they are kept (see sessions/purge)."""
    return [
        EndedSession(
            each.id,
            each.device,
            each.address,
            each.created_at,
            each.ended_at,
            EndCause(each.end_cause or EndCause.SIGNED_OUT),
        )
        for each in store.list_ended(account_id, size)
        if each.ended_at is not None
    ]
