"""Refresh tokens: HS256 under a secret of their own, derived from the session row alone.

The same row and number always give the same text, so that an answer that was lost can be given again, and nothing
about a token has to be stored. Only this application reads them; they are in no JWKS.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from webapp.config import current_settings
from webapp.core.parts import part
from webapp.infra.sealing import derive_key
from webapp.tokens.compact_jws import COMPACT, read_part, write_bytes, write_signed
from webapp.tokens.errors import RefreshTokenMissing

if TYPE_CHECKING:
    from webapp.config import Settings
    from webapp.sessions.models import Session
    from webapp.tokens.chain_store import Chain

ALGORITHM = "HS256"
_LONGEST = 4096
_TYPE = "refresh+jwt"
_STRINGS = ("iss", "sub", "sid", "type", "jti", "csrf")
_NUMBERS = ("n", "iat", "nbf", "exp")


@dataclass(frozen=True, slots=True)
class RefreshClaims:
    """Which link of which chain a token is."""

    account_id: str
    session_id: str
    number: int


class RefreshSecrets:
    """The secrets of refresh tokens by `kid`: the first signs, all verify."""

    def __init__(self, settings: Settings) -> None:
        texts = [settings.secret_key, *settings.secret_key_fallbacks]
        keys = [derive_key(each.get_secret_value(), "refresh tokens") for each in texts]
        self.by_kid = {hashlib.sha256(b"kid" + key).hexdigest()[:16]: key for key in keys}
        self.signing_kid = next(iter(self.by_kid))
        self._csrf_key = derive_key(settings.secret_key.get_secret_value(), "refresh csrf")

    def csrf_value(self, session_id: str) -> str:
        """One value for the whole chain: one that changed at each rotation would refuse a tab that read it before."""
        return write_bytes(hmac.digest(self._csrf_key, session_id.encode(), "sha256"))

    def token_id(self, session_id: str, number: int) -> str:
        """A `jti` that the number cannot be guessed from, and the same each time."""
        return write_bytes(hmac.digest(self._csrf_key, f"jti {session_id} {number}".encode(), "sha256")[:16])


def derive_refresh_token(session: Session | Chain) -> str:
    """The text of the newest token of the session's chain."""
    secrets = part(RefreshSecrets)
    issued_at = int((session.rotated_at or session.created_at).timestamp())
    claims: dict[str, Any] = {
        "iss": current_settings().public_url,
        "sub": session.account_id,
        "sid": session.id,
        "type": "refresh",
        "n": session.counter,
        "jti": secrets.token_id(session.id, session.counter),
        "csrf": secrets.csrf_value(session.id),
        "iat": issued_at,
        "nbf": issued_at,
        "exp": int(expiry_of(session).timestamp()),
    }
    kid = secrets.signing_kid
    header = {"alg": ALGORITHM, "kid": kid, "typ": _TYPE}
    return write_signed(header, claims, lambda signed: hmac.digest(secrets.by_kid[kid], signed, "sha256"))


def expiry_of(session: Session | Chain) -> datetime:
    """When the newest token runs out: never beyond the absolute limit (RFC 9700, section 4.14.2)."""
    begun = session.rotated_at or session.created_at
    return min(begun + current_settings().refresh_token_lifetime, session.ends_at)


def verify_refresh_token(text: str) -> RefreshClaims:
    """The link this token is, be it spent or expired: the session row says what that is worth now.

    Raises RefreshTokenMissing for anything that is not authentically ours.
    """
    if len(text) > _LONGEST or not COMPACT.fullmatch(text):
        raise RefreshTokenMissing
    try:
        claims = _open(text)
    except ValueError:
        raise RefreshTokenMissing from None
    strings = all(isinstance(claims.get(name), str) for name in _STRINGS)
    numbers = all(type(value := claims.get(name)) is int and 0 < value < 2**53 for name in _NUMBERS)
    if not (strings and numbers) or claims["type"] != "refresh":
        raise RefreshTokenMissing
    if claims["iss"] != current_settings().public_url:
        raise RefreshTokenMissing
    return RefreshClaims(claims["sub"], claims["sid"], claims["n"])


def _open(text: str) -> dict[str, Any]:
    """The content of a token that bears our signature. Raises RefreshTokenMissing, and ValueError for what is no token.

    One `kid` names one secret, and there is one algorithm (RFC 8725, section 3.1).
    """
    signed, _, signature = text.rpartition(".")
    head, _, content = signed.partition(".")
    header = read_part(head)
    kid = header.get("kid")
    key = part(RefreshSecrets).by_kid.get(kid) if isinstance(kid, str) else None
    if key is None or header != {"alg": ALGORITHM, "kid": kid, "typ": _TYPE}:
        raise RefreshTokenMissing
    # The texts are compared, so that no second spelling of a signature is taken.
    expected = write_bytes(hmac.digest(key, signed.encode("ascii"), "sha256"))
    if not hmac.compare_digest(expected, signature):
        raise RefreshTokenMissing
    return read_part(content)
