"""The verifier of access tokens (RFC 9068, section 4): form before signature, signature before content.

A plain object over some keys, an issuer and an audience; it needs neither a request nor a database.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from webapp.core import clock
from webapp.core.opaque import digest_of
from webapp.tokens.compact_jws import COMPACT, read_bytes, read_part
from webapp.tokens.errors import InvalidToken

if TYPE_CHECKING:
    from jwt import PyJWK

CLIENT_ID: Final = "latchkey-web"
ACCESS_TOKEN_TYPE: Final = "at+jwt"  # noqa: S105 - a media type
LEEWAY: Final = timedelta(seconds=10)
_LONGEST: Final = 8 * 1024
_MOST_KNOWN: Final = 10_000
_THUMBPRINT: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_HEADER_NAMES: Final = {"alg", "kid", "typ"}
_STRINGS: Final = ("iss", "aud", "sub", "sid", "jti", "client_id", "scope")
_NUMBERS: Final = ("iat", "nbf", "exp", "auth_time", "rtc")


class VerifyingKey(Protocol):
    """A public key, bound to its one algorithm."""

    @property
    def kid(self) -> str: ...
    @property
    def algorithm(self) -> str: ...
    @property
    def public(self) -> PyJWK: ...


class VerifyingKeys(Protocol):
    """Where a `kid` finds its key, or none."""

    def find_key(self, kid: str) -> VerifyingKey | None: ...


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """The claims of a verified access token. What the session is worth now is another question.

    Moments are seconds since the epoch.
    """

    account_id: str
    session_id: str
    token_id: str
    scopes: frozenset[str]
    issued_at: int
    not_before: int
    expires_at: int
    counter: int
    audience: str
    client_id: str
    key_thumbprint: str | None
    authenticated_at: int
    methods: tuple[str, ...]


class AccessTokenVerifier:
    """Verifies a token once and knows it again by its digest; key, audience and moment are asked each time.

    So a revoked `kid` refuses at once what it has signed. Refused tokens are not remembered, and none is ever refused
    for its text: a signature of ECDSA has an accepted twin.
    """

    def __init__(self, keys: VerifyingKeys, issuer: str, audience: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, tuple[str, AccessClaims]] = OrderedDict()

    def verify(self, text: str, *, audience: str | None = None, moment: float | None = None) -> AccessClaims:
        """The claims of a token that is whole, current and meant for `audience`, our own API where none is given.

        Raises InvalidToken, and tells nobody why.
        """
        if len(text) > _LONGEST:
            raise InvalidToken
        digest = digest_of(text)
        known = self._known.get(digest)
        kid, claims = known or self._open(text)
        now = clock.now().timestamp() if moment is None else moment
        leeway = LEEWAY.total_seconds()
        is_current = claims.not_before <= now + leeway and now - leeway < claims.expires_at
        if not is_current or (known and self._keys.find_key(kid) is None):
            self._forget(digest)
            raise InvalidToken
        if claims.audience != (audience or self._audience):
            raise InvalidToken
        if known is None:
            self._remember(digest, kid, claims)
        return claims

    def _open(self, text: str) -> tuple[str, AccessClaims]:
        """What of a token does not change with time: its key's name and its claims, each in its JSON type.

        One `kid` names one key, which fixes the one algorithm (RFC 8725, sections 3.1 and 3.10). Nothing is fetched
        because a token says so.
        """
        if not COMPACT.fullmatch(text):
            raise InvalidToken
        try:
            header = _read_header(text)
            key = self._keys.find_key(header["kid"])
            if key is None or header["alg"] != key.algorithm or not is_signed_by(key, text):
                raise InvalidToken
            claims = read_part(text.split(".")[1])
        except ValueError:
            raise InvalidToken from None
        if claims.get("iss") != self._issuer:
            raise InvalidToken
        return key.kid, _typed(claims)

    def _remember(self, digest: bytes, kid: str, claims: AccessClaims) -> None:
        with self._lock:
            self._known[digest] = kid, claims
            if len(self._known) > _MOST_KNOWN:
                # Tokens live equally long: the one met first is about the next to expire.
                self._known.popitem(last=False)

    def _forget(self, digest: bytes) -> None:
        with self._lock:
            self._known.pop(digest, None)


def is_signed_by(key: VerifyingKey, text: str) -> bool:
    """Whether a compact JWS bears this key's signature, by the key's own algorithm (RFC 7515, section 5.2).

    Raises ValueError where the signature is not base64url.
    """
    signed, _, signature = text.rpartition(".")
    return key.public.Algorithm.verify(signed.encode("ascii"), key.public.key, read_bytes(signature))


def _read_header(text: str) -> dict[str, str]:
    """The header's three members, all strings, and nothing besides: no jwk, jku, x5u, crit, b64 or zip."""
    header = read_part(text.partition(".")[0])
    is_ours = set(header) == _HEADER_NAMES and all(
        isinstance(value, str) and len(value) <= 64 for value in header.values()
    )
    if not is_ours or header["typ"].lower().removeprefix("application/") != ACCESS_TOKEN_TYPE:
        raise InvalidToken
    return header


def _typed(claims: dict[str, Any]) -> AccessClaims:
    """Every claim in its JSON type; a number given as text or a boolean is refused."""
    strings = all(isinstance(value := claims.get(name), str) and len(value) <= 2000 for name in _STRINGS)
    numbers = all(type(value := claims.get(name)) is int and 0 <= value < 2**53 for name in _NUMBERS)
    methods = isinstance(claims.get("amr"), list) and all(isinstance(each, str) for each in claims["amr"])
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
        not_before=max(claims["nbf"], claims["iat"]),
        expires_at=claims["exp"],
        counter=claims["rtc"],
        audience=claims["aud"],
        client_id=claims["client_id"],
        key_thumbprint=None if confirmation is None else confirmation["jkt"],
        authenticated_at=claims["auth_time"],
        methods=tuple(claims["amr"]),
    )


def _is_key_thumbprint(confirmation: object) -> bool:
    """A `cnf` of ours: one SHA-256 thumbprint, and no other way of confirming (RFC 7800, section 3)."""
    return (
        isinstance(confirmation, dict)
        and set(confirmation) == {"jkt"}
        and isinstance(confirmation["jkt"], str)
        and bool(_THUMBPRINT.fullmatch(confirmation["jkt"]))
    )
