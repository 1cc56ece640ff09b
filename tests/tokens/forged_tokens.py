"""Tokens as an attacker or a careless issuer would write them: any header, any payload text, any key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from jwt.algorithms import ECAlgorithm

from webapp.core.parts import part
from webapp.keys.ring import KeyRing, RingKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask


def encode(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def decode(text: str) -> bytes:
    """What a part of a token holds."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, unverified."""
    header, claims, _ = token.split(".")
    return json.loads(decode(header)), json.loads(decode(claims))


def signing_key(app: Flask) -> RingKey:
    """The key that signs access tokens now: what a test needs to write tokens that only their content condemns."""
    with app.app_context():
        return part(KeyRing).signing_key()


def sign(key: RingKey, header: Mapping[str, Any] | bytes, claims: Mapping[str, Any] | bytes) -> str:
    """A token truly signed with our key, whatever its header and payload say; bytes are taken as they are."""
    written = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in (header, claims)]
    signed = ".".join(encode(one) for one in written)
    algorithm = ECAlgorithm(ECAlgorithm.SHA256)
    return f"{signed}.{encode(algorithm.sign(signed.encode(), key.private))}"


def sign_hs256(secret: bytes, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """A token under HMAC with any bytes as its secret, which libraries refuse to make with a public key."""
    signed = ".".join(encode(json.dumps(one).encode()) for one in (header, claims))
    return f"{signed}.{encode(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def unsigned(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """A token under `none`, with the empty signature that it asks for (RFC 7518, section 3.6)."""
    return ".".join(encode(json.dumps(one).encode()) for one in ({**header, "alg": "none"}, claims)) + "."
