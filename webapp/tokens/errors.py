"""Refusals about tokens."""

from __future__ import annotations

from webapp.core.errors import Conflict, NotFound, Problem


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
    # In a version that binds tokens.
    bound_message = "Send an access token as: Authorization: DPoP <token>, with a proof in the DPoP header."


class InvalidDpopProof(Problem):
    """No proof of possession, or not one for this request, token and session's key (RFC 9449, section 7.1)."""

    code = "invalid_dpop_proof"
    status = 401
    message = (
        "The DPoP proof is missing or wrong. Send a new one for each request, "
        "signed with this session's key for this method, address and token."
    )


class UseDpopNonce(Problem):
    """The proof must carry a value that this service handed out lately (RFC 9449, sections 8 and 9)."""

    code = "use_dpop_nonce"
    status = 401
    message = "Repeat the request with a new proof that carries the nonce of the DPoP-Nonce header."

    def __init__(self, nonce: str) -> None:
        super().__init__()
        self.headers["DPoP-Nonce"] = nonce


class InvalidClient(Problem):
    """No client by these credentials (RFC 6749, section 5.2)."""

    code = "invalid_client"
    status = 401
    message = "Authenticate as a registered client: Authorization: Basic <client_id:client_secret>."


class ClientNotFound(NotFound):
    """No client by that id."""

    code = "client_not_found"
    message = "There is no client by that id."


class ClientRevoked(Conflict):
    """A revoked client stays revoked."""

    code = "client_revoked"
    message = "This client is revoked, for good. Create another one."


class ClientRegistered(Conflict):
    """A form that registers a client came a second time."""

    code = "client_registered"
    message = "This client was registered before. If you did not keep its secret, replace it."


class SecretReplaced(Conflict):
    """The secret is not the one that was to be replaced."""

    code = "secret_replaced"
    message = "The secret was replaced before. If you did not keep the new one, replace it once more."


class ServiceNotFound(NotFound):
    """No service by that audience, or its last client was revoked."""

    code = "service_not_found"
    message = "No service is registered under this audience."


class InvalidTarget(Problem):
    """A token was asked for a service that is not registered (RFC 8707, section 2).

    The code is that of the standard. The status is that of every well-formed value which breaks a rule here, and not
    400, so that a caller finds the value in `fields` as always.
    """

    code = "invalid_target"
    status = 422
    message = "Some values cannot be accepted."


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
