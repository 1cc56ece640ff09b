"""Who acts through the API where it takes a fresh proof: somebody who proved themselves lately, and still may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.access.denials import record_denial
from webapp.access.visitor import caller
from webapp.sessions import service as sessions
from webapp.sessions.proof import require_fresh_proof
from webapp.tokens.errors import InsufficientScope

if TYPE_CHECKING:
    from webapp.sessions.service import Standing


def proved_caller(scope: str) -> Standing:
    """Whoever the guard let in, with that scope until the unit ends: no act outlives its actor's rights.

    Raises ProofNeeded, SessionEnded, InsufficientScope.
    """
    standing = caller()
    require_fresh_proof(standing)
    sessions.hold_session(standing)
    if scope not in sessions.require_standing(standing.session_id).scopes:
        # Taken away between the guard's look and this one.
        record_denial(standing, scope)
        raise InsufficientScope(scope=scope)
    return standing
