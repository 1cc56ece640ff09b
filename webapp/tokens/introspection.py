"""What a service may ask about a token it received (RFC 7662), and that it may end it (RFC 7009)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from webapp.config import current_settings
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.database import begin_writing
from webapp.sessions.errors import SessionEnded
from webapp.tokens import services
from webapp.tokens.access import LEEWAY, verify_access_token
from webapp.tokens.errors import InvalidToken
from webapp.tokens.key_binding import require_token_key
from webapp.tokens.revocation import revoke_token
from webapp.tokens.standing import require_token_standing

if TYPE_CHECKING:
    from webapp.sessions.service import Standing
    from webapp.tokens.access import AccessClaims
    from webapp.tokens.clients import KnownClient


@dataclass(frozen=True, slots=True)
class ActiveToken:
    """A token that is accepted now. `scopes`: those of the token that its account still holds."""

    claims: AccessClaims
    standing: Standing
    scopes: frozenset[str]


def find_active(text: str, audience: str) -> ActiveToken | None:
    """The token, or None for everything that must not be accepted, whatever the reason (RFC 7662, section 2.2).

    The session's row is the authority at every node. A database that cannot be asked is no answer: that raises, and
    nobody takes it for a token that is worthless. What the token says of its chain is not counted here: it reached a
    service, which proves nothing about the browser's cookie.
    """
    try:
        claims = verify_access_token(text, audience=audience)
        standing = require_token_standing(claims)
        if audience == current_settings().jwt_audience:
            # Tokens for services know no key of the browser's.
            require_token_key(claims, standing.key_thumbprint)
    except (InvalidToken, SessionEnded):
        return None
    return ActiveToken(claims, standing, claims.scopes & services.held_scopes(audience, standing))


def describe(found: ActiveToken) -> dict[str, Any]:
    """What introspection says of it (RFC 7662, section 2.2)."""
    claims = found.claims
    described: dict[str, Any] = {
        "active": True,
        "scope": " ".join(sorted(found.scopes)),
        "client_id": claims.client_id,
        "username": found.standing.username,
        "token_type": "Bearer" if claims.key_thumbprint is None else "DPoP",
        "exp": claims.expires_at,
        "iat": claims.issued_at,
        "nbf": claims.not_before,
        "sub": claims.account_id,
        "aud": claims.audience,
        "iss": current_settings().public_url,
        "jti": claims.token_id,
        # So that a service can let go of what it keeps for a session, when the session is over.
        "sid": claims.session_id,
        "auth_time": claims.authenticated_at,
        "amr": list(claims.methods),
    }
    if claims.key_thumbprint is not None:
        # The key that the token can be used with alone (RFC 9449, section 6.2).
        described["cnf"] = {"jkt": claims.key_thumbprint}
    return described


def revoke_presented(text: str, client: KnownClient) -> bool:
    """Revoke a token that its own service hands in (RFC 7009, section 2.1); whether it was worth something before.

    Garbage, another audience's token and an expired one are passed over without a word: there is nothing that the
    client should do (section 2.2). So are refresh tokens: only browsers hold ours, and a person, their other devices
    or an administrator end the session itself.
    """
    try:
        claims = verify_access_token(text, audience=client.audience)
    except InvalidToken:
        return False
    begin_writing()
    # Kept a little longer than the token lives: the verifier allows clocks to differ.
    expires_at = datetime.fromtimestamp(claims.expires_at, UTC) + 2 * LEEWAY
    if not revoke_token(claims.token_id, expires_at):
        return False
    record_event(
        EventName.ACCESS_TOKEN_REVOKED,
        account_id=claims.account_id,
        session_id=claims.session_id,
        detail={"client": client.id, "name": client.name, "audience": client.audience},
    )
    return True
