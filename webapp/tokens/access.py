"""Access tokens: issued and verified as RFC 9068 asks, with every claim required and typed.

Neither function needs a request; both need an application at work, for its key ring and settings.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jwt

from webapp.config import current_settings
from webapp.core import clock
from webapp.core.opaque import new_id
from webapp.core.parts import part
from webapp.keys.ring import KeyRing
from webapp.tokens.errors import InvalidToken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.sessions.models import Session

CLIENT_ID = "latchkey-web"
LEEWAY = timedelta(seconds=10)
_LONGEST = 8 * 1024
_TYPE = "at+jwt"
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
_HEADER_NAMES = {"alg", "kid", "typ"}
_STRINGS = ("iss", "aud", "sub", "sid", "jti", "client_id", "scope")
_NUMBERS = ("iat", "nbf", "exp", "auth_time", "rtc")


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """The claims of a verified access token. What the session is worth now is another question."""

    account_id: str
    session_id: str
    token_id: str
    scopes: frozenset[str]
    issued_at: int
    expires_at: int
    counter: int
    audience: str
    client_id: str
    key_thumbprint: str | None


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A freshly issued token; `expires_in` in seconds."""

    text: str
    expires_in: int
    scopes: tuple[str, ...]


def issue_access_token(
    session: Session,
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
    text = jwt.encode(claims, key.private, algorithm=key.algorithm, headers={"kid": key.kid, "typ": _TYPE})
    return AccessToken(text, int(lifetime.total_seconds()), granted)


def verify_access_token(text: str, audience: str | None = None) -> AccessClaims:
    """The claims of a token that is ours, whole and current. Raises InvalidToken, and tells nobody why.

    `audience` is whom it must be meant for: our own API where none is given.

    Form before signature, signature before content: one `kid` names one key, which fixes the one algorithm
    (RFC 8725, sections 3.1 and 3.10). Nothing is fetched because a token says so.
    """
    if len(text) > _LONGEST or not _COMPACT.fullmatch(text):
        raise InvalidToken
    header = _read_header(text)
    key = part(KeyRing).find_key(header["kid"])
    if (
        key is None
        or header["alg"] != key.algorithm
        or header["typ"].lower().removeprefix("application/") != _TYPE
    ):
        raise InvalidToken
    settings = current_settings()
    try:
        claims = jwt.decode(
            text,
            key.public,
            algorithms=[key.algorithm],
            audience=audience or settings.jwt_audience,
            issuer=settings.public_url,
            leeway=LEEWAY,
            options={"require": [*_STRINGS, *_NUMBERS, "amr"], "strict_aud": True},
        )
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
        raise InvalidToken from None
    # What the signature covers is read once more, strictly: the library takes other encodings and repeated names.
    _read_part(text.split(".")[1])
    return _typed(claims)


def _read_header(text: str) -> dict[str, str]:
    """The header's three members, all strings, and nothing besides: no jwk, jku, x5u, crit, b64 or zip."""
    header = _read_part(text.partition(".")[0])
    if set(header) != _HEADER_NAMES:
        raise InvalidToken
    if not all(isinstance(value, str) and len(value) <= 64 for value in header.values()):
        raise InvalidToken
    return header


def _read_part(encoded: str) -> dict[str, Any]:
    """A part as the strictest reader would take it: an object in UTF-8 (RFC 7519, section 7.2), each name once."""
    try:
        written = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
        found = json.loads(written, object_pairs_hook=_once)
    except (binascii.Error, ValueError, RecursionError):
        raise InvalidToken from None
    if not isinstance(found, dict):
        raise InvalidToken
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse repeated names: two parsers could read two tokens out of one (RFC 8259, section 4)."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("repeated name")
    return found


def _typed(claims: dict[str, Any]) -> AccessClaims:
    """Every claim in its JSON type; a number given as text or a boolean is refused."""
    strings = all(isinstance(claims[name], str) and len(claims[name]) <= 2000 for name in _STRINGS)
    numbers = all(type(claims[name]) is int and 0 <= claims[name] < 2**53 for name in _NUMBERS)
    methods = isinstance(claims["amr"], list) and all(isinstance(each, str) for each in claims["amr"])
    if not (strings and numbers and methods) or "type" in claims or claims["client_id"] != CLIENT_ID:
        raise InvalidToken
    confirmation = claims.get("cnf")
    if confirmation is not None and not _is_key_thumbprint(confirmation):
        raise InvalidToken
    return AccessClaims(
        account_id=claims["sub"],
        session_id=claims["sid"],
        token_id=claims["jti"],
        scopes=frozenset(claims["scope"].split()),
        issued_at=claims["iat"],
        expires_at=claims["exp"],
        counter=claims["rtc"],
        audience=claims["aud"],
        client_id=claims["client_id"],
        key_thumbprint=None if confirmation is None else confirmation["jkt"],
    )


def _is_key_thumbprint(confirmation: object) -> bool:
    """A `cnf` of ours: one SHA-256 thumbprint, and no other way of confirming (RFC 7800, section 3)."""
    return (
        isinstance(confirmation, dict)
        and set(confirmation) == {"jkt"}
        and isinstance(confirmation["jkt"], str)
        and bool(_THUMBPRINT.fullmatch(confirmation["jkt"]))
    )
