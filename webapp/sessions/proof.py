"""Fresh proof: that the person is still there, before something sensitive; good for ten minutes of this session.

What counts as one is decided in signin/proof; here it is asked for and written down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.sessions import store
from webapp.sessions.errors import ProofNeeded
from webapp.sessions.standing import PROOF_LIFETIME

if TYPE_CHECKING:
    from webapp.sessions.service import Standing


def require_fresh_proof(standing: Standing) -> None:
    """Raises ProofNeeded unless the person proved themselves within the last ten minutes."""
    if not standing.is_freshly_proved:
        raise ProofNeeded(max_age=int(PROOF_LIFETIME.total_seconds()))


def note_proof(standing: Standing, method: str) -> None:
    """Remember that the person has just proved who they are, and how: "password", "totp" or so."""
    standing.proved_at = clock.now()
    store.note_proof(standing.session_id, standing.proved_at)
    record_event(
        EventName.PROOF_SUCCEEDED,
        account_id=standing.account_id,
        session_id=standing.session_id,
        detail={"method": method},
    )


def record_failed_proof(standing: Standing) -> None:
    """Write down that somebody in this session could not prove who they are."""
    record_event(
        EventName.PROOF_FAILED,
        account_id=standing.account_id,
        session_id=standing.session_id,
        result="failure",
    )
