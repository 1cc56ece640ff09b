"""Values without meaning: identifiers, tokens that are looked up, and the digests that stand for them."""

from __future__ import annotations

import base64
import hashlib
import secrets


def new_id() -> str:
    """A public identifier of 128 random bits: 26 characters of a-z and 2-7."""
    return base64.b32encode(secrets.token_bytes(16)).decode("ascii").rstrip("=").lower()


def new_opaque_token() -> str:
    """A secret of 256 random bits as 43 URL-safe characters. Store only its digest."""
    return secrets.token_urlsafe(32)


def digest_of(text: str) -> bytes:
    """SHA-256 of a token with at least 128 random bits; too quick for anything a person chose."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
