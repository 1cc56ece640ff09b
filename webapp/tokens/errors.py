"""Refusals about tokens."""

from __future__ import annotations

from webapp.core.errors import Conflict, Problem


class InvalidToken(Problem):
    """Not a token of ours, changed, expired or revoked. Which of these is nobody's business (RFC 6750, section 3.1)."""

    code = "invalid_token"
    status = 401
    message = "The access token is malformed, expired or revoked. Renew it, or sign in again."


class TokenMissing(Problem):
    """A call without credentials."""

    code = "token_missing"
    status = 401
    message = "Send an access token as: Authorization: Bearer <token>."


class InvalidClient(Problem):
    """No client by these credentials (RFC 6749, section 5.2)."""

    code = "invalid_client"
    status = 401
    message = "Authenticate as a registered client: Authorization: Basic <client_id:client_secret>."


class InsufficientScope(Problem):
    """The token is good and not enough (RFC 6750, section 3.1)."""

    code = "insufficient_scope"
    status = 403
    keeps_changes = True
    message = "This account may not do that."


class RefreshTokenMissing(Problem):
    """No refresh cookie came along, or none that we issued: there is nobody to renew a token for."""

    code = "refresh_token_missing"
    status = 401
    message = "No refresh token was sent. Sign in."


class RefreshTokenReused(Problem):
    """A spent token was shown again: its session is over (RFC 9700, section 4.14.2)."""

    code = "refresh_token_reused"
    status = 401
    keeps_changes = True
    message = "This refresh token was used before, so its session has been ended. Sign in again."


class RefreshRetry(Conflict):
    """An answer to another request is still on its way; ask again shortly."""

    code = "refresh_retry"
    keeps_changes = True
    message = "Another renewal is under way in this browser. Try again in a moment."


class CsrfFailed(Problem):
    """The request does not prove that it comes from our own page."""

    code = "csrf_failed"
    status = 403
    message = (
        "The X-CSRF-TOKEN header is missing or wrong. Send the value of the __Host-csrf_refresh_token cookie."
    )
