"""Whether whoever sends a token may: a bound token needs proof of its key, a plain one needs none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from webapp.tokens.errors import InvalidToken, TokenMissing

if TYPE_CHECKING:
    from webapp.tokens.access import AccessClaims


def read_authorization() -> tuple[str, str]:
    """Scheme, in lower case, and token of the Authorization header. Raises TokenMissing."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if not text or scheme.lower() != "bearer":
        raise TokenMissing
    return scheme.lower(), text.strip()


def require_sender(scheme: str, claims: AccessClaims) -> None:
    """Refuse a bound token that comes as a plain one, and the other way round (RFC 9449, section 7.1)."""
    if scheme != "bearer" or claims.key_thumbprint is not None:
        raise InvalidToken
