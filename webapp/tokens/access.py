"""Access tokens of the application at work: issued, and verified, as RFC 9068 asks. Neither needs a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from webapp.config import current_settings
from webapp.core import clock
from webapp.core.opaque import new_id
from webapp.core.parts import part
from webapp.keys.ring import KeyRing
from webapp.tokens.compact_jws import write_signed
from webapp.tokens.verifier import ACCESS_TOKEN_TYPE, CLIENT_ID, LEEWAY, AccessClaims, AccessTokenVerifier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.sessions.models import Session
    from webapp.tokens.chain_store import Chain

__all__ = [
    "CLIENT_ID",
    "LEEWAY",
    "AccessClaims",
    "AccessToken",
    "issue_access_token",
    "verify_access_token",
]


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A freshly issued token; `expires_in` in seconds."""

    text: str
    expires_in: int
    scopes: tuple[str, ...]


def issue_access_token(
    session: Session | Chain,
    scopes: Iterable[str],
    *,
    counter: int,
    audience: str | None = None,
    key_thumbprint: str | None = None,
) -> AccessToken:
    """Sign a token for the session: for our own API, or for another `audience`. Raises NoSigningKey.

    With `key_thumbprint` only whoever holds that key can use it (`cnf.jkt`; RFC 9449, section 6.1).
    """
    settings = current_settings()
    moment = clock.now()
    lifetime = min(settings.access_token_lifetime, session.ends_at - moment)
    issued_at = int(moment.timestamp())
    granted = tuple(sorted(scopes))
    key = part(KeyRing).signing_key()
    claims: dict[str, Any] = {
        "iss": settings.public_url,
        "aud": audience or settings.jwt_audience,
        "sub": session.account_id,
        "sid": session.id,
        "jti": new_id(),
        "client_id": CLIENT_ID,
        "iat": issued_at,
        "nbf": issued_at,
        "exp": issued_at + int(lifetime.total_seconds()),
        "auth_time": int(session.authenticated_at.timestamp()),
        "amr": session.methods.split(),
        "scope": " ".join(granted),
        "rtc": counter,
    }
    if key_thumbprint is not None:
        claims["cnf"] = {"jkt": key_thumbprint}
    header = {"alg": key.algorithm, "kid": key.kid, "typ": ACCESS_TOKEN_TYPE}
    text = write_signed(header, claims, lambda signed: key.public.Algorithm.sign(signed, key.private))
    return AccessToken(text, int(lifetime.total_seconds()), granted)


def verify_access_token(text: str, audience: str | None = None) -> AccessClaims:
    """The claims of a token that is ours, whole and current. Raises InvalidToken, and tells nobody why.

    `audience` is whom it must be meant for: our own API where none is given.
    """
    return part(AccessTokenVerifier).verify(text, audience=audience)
