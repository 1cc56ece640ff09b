"""Refusals about sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.core.errors import NotFound, Problem

if TYPE_CHECKING:
    from webapp.sessions.causes import EndCause


class SessionEnded(Problem):
    """The session behind a token or page is over; `extra["cause"]` says why."""

    code = "session_ended"
    status = 401
    keeps_changes = True
    message = "This session has ended. Sign in again."

    def __init__(
        self, cause: EndCause, account_id: str | None = None, *, outlived: str | None = None
    ) -> None:
        super().__init__(cause.sentence or None, cause=str(cause))
        # Whose it was, and the id of a session past a limit that is not marked as ended yet; not part of the answer.
        self.account_id = account_id
        self.outlived = outlived


class SessionNotFound(NotFound):
    """No open session of this person by that id."""

    code = "session_not_found"
    message = "There is no such session, or it has ended already."


class ProofNeeded(Problem):
    """The act needs a proof given within the last ten minutes (RFC 9470)."""

    code = "insufficient_user_authentication"
    status = 401
    message = "Confirm that it is you, by your password or a passkey, then repeat the request."


class ProofRefused(Problem):
    """The password or the code given as proof was wrong; `fields` says which."""

    code = "invalid_proof"
    status = 403
    keeps_changes = True
    message = "That is not your password."
