"""Values without meaning: identifiers, tokens that are looked up, and the digests that stand for them."""

from __future__ import annotations

import hashlib
import secrets

# Each letter stands for eight of the 256 values of a byte, so that all are equally likely.
_LETTERS = b"abcdefghijklmnopqrstuvwxyz234567" * 8


def new_id() -> str:
    """A public identifier of 130 random bits: 26 characters of a-z and 2-7."""
    return secrets.token_bytes(26).translate(_LETTERS).decode("ascii")


def new_opaque_token() -> str:
    """A secret of 256 random bits as 43 URL-safe characters. Store only its digest."""
    return secrets.token_urlsafe(32)


def digest_of(text: str) -> bytes:
    """SHA-256 of a token with at least 128 random bits; too quick for anything a person chose."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
