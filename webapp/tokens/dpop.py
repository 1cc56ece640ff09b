"""Proofs of possession (RFC 9449): one request, signed with a key that the sender alone holds.

Says whether a proof is whole, fresh and made for this request. Whether it was used before, and whose key it is,
are other questions. Knows no request: method and address are given.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from jwt.algorithms import ECAlgorithm

from webapp.tokens.compact_jws import COMPACT, read_bytes, read_part, write_bytes
from webapp.tokens.errors import InvalidDpopProof

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

ALGORITHM: Final = "ES256"
LEEWAY: Final = timedelta(seconds=60)
_TYPE: Final = "dpop+jwt"
_LONGEST: Final = 4096
_LONGEST_ID: Final = 200
_HEADER_NAMES: Final = {"typ", "alg", "jwk"}
_JWK_NAMES: Final = {"kty", "crv", "x", "y"}
_COORDINATE_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64
_ES256: Final = ECAlgorithm(ECAlgorithm.SHA256)
_PORTS: Final = {"http": 80, "https": 443}
# An address as RFC 3986 writes it; the parser would drop tabs and line ends, and take more than that.
_ADDRESS: Final = re.compile(r"[A-Za-z0-9:/?#\[\]@!$&'()*+,;=._~%-]+")


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that is in order. `thumbprint` names the key (RFC 7638), `token_id` the proof (its `jti`)."""

    thumbprint: str
    token_id: str
    issued_at: int
    nonce: str | None


def verify_proof(
    text: str,
    *,
    method: str,
    url: str,
    access_token: str | None = None,
    now: datetime,
    alias: str | None = None,
) -> Proof:
    """The proof, if it is whole, fresh and for this request and token (RFC 9449, section 4.3).

    `alias` is another address of the same thing, under which it may have been called as well.

    Raises InvalidDpopProof, and tells nobody why. Form before signature, signature before content; nothing is
    fetched, and no key is taken but an elliptic-curve public one of P-256 (RFC 8725, section 3.1).
    """
    if len(text) > _LONGEST or not COMPACT.fullmatch(text):
        raise InvalidDpopProof
    try:
        encoded_header, encoded_claims, encoded_signature = text.split(".")
        key, thumbprint = _read_key(read_part(encoded_header))
        signature, claims = read_bytes(encoded_signature), read_part(encoded_claims)
        signed = f"{encoded_header}.{encoded_claims}".encode()
        if len(signature) != _SIGNATURE_BYTES or not _ES256.verify(signed, key, signature):
            raise InvalidDpopProof
        _require_request(claims, method, (url, alias or url), access_token)
        _require_time(claims, now)
    except ValueError:
        raise InvalidDpopProof from None
    if not _is_text(claims.get("jti")) or not _is_text(claims.get("nonce", "none")):
        raise InvalidDpopProof
    return Proof(thumbprint, claims["jti"], claims["iat"], claims.get("nonce"))


def _read_key(header: dict[str, Any]) -> tuple[EllipticCurvePublicKey, str]:
    """The public key a header shows, and its thumbprint. Raises ValueError for any header but the one we take.

    No kid, crit, jku or x5c; and in the key nothing besides the point, a private part least of all.
    """
    if set(header) != _HEADER_NAMES or header["typ"] != _TYPE or header["alg"] != ALGORITHM:
        raise ValueError("not the header of a proof")
    jwk = header["jwk"]
    if not isinstance(jwk, dict) or set(jwk) != _JWK_NAMES or (jwk["kty"], jwk["crv"]) != ("EC", "P-256"):
        raise ValueError("not a public key of P-256")
    if not isinstance(jwk["x"], str) or not isinstance(jwk["y"], str):
        raise ValueError("not a point")  # noqa: TRY004 - whoever calls catches one kind
    return _load_key(jwk["x"], jwk["y"])


@lru_cache(maxsize=4096)
def _load_key(x: str, y: str) -> tuple[EllipticCurvePublicKey, str]:
    """The key and its thumbprint (RFC 7638). A browser shows the same one with every call.

    Raises ValueError for a point that is not on the curve, among others.
    """
    key = EllipticCurvePublicNumbers(_read_coordinate(x), _read_coordinate(y), SECP256R1()).public_key()
    members = f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'
    return key, write_bytes(hashlib.sha256(members.encode()).digest())


def _read_coordinate(encoded: str) -> int:
    """A coordinate in its one spelling: the thumbprint is made of that text, and a key must have one only."""
    value = read_bytes(encoded) if encoded.isascii() else b""
    if len(value) != _COORDINATE_BYTES or write_bytes(value) != encoded:
        raise ValueError("not a coordinate")
    return int.from_bytes(value, "big")


def _require_request(
    claims: dict[str, Any], method: str, urls: tuple[str, str], access_token: str | None
) -> None:
    if claims.get("htm") != method or not isinstance(claims.get("htu"), str):
        raise InvalidDpopProof
    # Nearly every address is written as we write it: nothing has to be taken apart then.
    if claims["htu"] not in urls and _target_of(claims["htu"]) not in map(_target_of, urls):
        raise InvalidDpopProof
    if access_token is not None and claims.get("ath") != digest_token(access_token):
        raise InvalidDpopProof


def digest_token(access_token: str) -> str:
    """What the claim `ath` says of a token (RFC 9449, section 4.2)."""
    return write_bytes(hashlib.sha256(access_token.encode("ascii", "replace")).digest())


def _target_of(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and path, in the spelling that leads to the same place (RFC 3986, section 6.2.2).

    Raises ValueError for what is no address of a web server.
    """
    if not _ADDRESS.fullmatch(url):
        raise ValueError("not an address")
    parsed = urlsplit(url)
    if parsed.scheme not in _PORTS or not parsed.hostname or "@" in parsed.netloc:
        raise ValueError("not an address")
    port = _PORTS[parsed.scheme] if parsed.port is None else parsed.port
    return parsed.scheme, parsed.hostname, port, unquote(parsed.path) or "/"


def _require_time(claims: dict[str, Any], now: datetime) -> None:
    """Made within a minute of now, on either side: clocks of people's devices are not ours.

    A proof needs no other times; where its maker set some, they hold too (RFC 7519, section 4.1).
    """
    # Whole numbers: the difference of a float and a number of a thousand digits is an error.
    moment, leeway = int(now.timestamp()), LEEWAY.seconds
    issued_at, begins_at, ends_at = claims.get("iat"), claims.get("nbf", moment), claims.get("exp", moment)
    if not (type(issued_at) is type(begins_at) is type(ends_at) is int):
        raise InvalidDpopProof
    if abs(moment - issued_at) > leeway or begins_at > moment + leeway or ends_at < moment - leeway:
        raise InvalidDpopProof


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_ID
