"""Bcrypt hashes brought along from another system, wrapped at once: what is stored opens nothing without the pepper.

Such a hash was made of the password as it was typed, so the salt is kept, and the hash itself only as
`salt and cost | HMAC-SHA-384(pepper, hash)`. At the first right sign-in the password is hashed anew, as all others are.
"""

from __future__ import annotations

import base64
import hmac
import re
from typing import Final

import bcrypt

SCHEME: Final = "bcrypt-imported-hmac-sha384"
_SALT: Final = slice(0, 29)
_HASH: Final = re.compile(r"\$2[aby]\$(?P<rounds>0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}")
_WRAPPED: Final = re.compile(r"\$2[aby]\$(?P<rounds>\d\d)\$[./A-Za-z0-9]{22}\|[A-Za-z0-9+/]{64}")
# What bcrypt reads of a password; other systems cut it off there without a word.
_READ_BYTES: Final = 72


def cost_of_hash(text: str) -> int | None:
    """The rounds of a whole hash of bcrypt in the variants 2a, 2b or 2y; None for any other text."""
    found = _HASH.fullmatch(text)
    return int(found["rounds"]) if found else None


def wrap_hash(bcrypt_hash: str, pepper: bytes) -> str:
    """What is stored of an imported hash."""
    return f"{bcrypt_hash[_SALT]}|{_digest(bcrypt_hash.encode(), pepper)}"


def rounds_of(wrapped: str) -> int | None:
    """The cost of a stored value; None for what is none."""
    found = _WRAPPED.fullmatch(wrapped)
    return int(found["rounds"]) if found else None


def matches_imported(plain: str, wrapped: str, pepper: bytes) -> bool:
    """Whether this is the password behind it. Takes as long as one check of bcrypt at its cost."""
    salt, _, digest = wrapped.partition("|")
    try:
        typed = plain.encode()[:_READ_BYTES]
        made = bcrypt.hashpw(typed, salt.encode())
    except (UnicodeEncodeError, ValueError):
        return False
    return hmac.compare_digest(_digest(made, pepper), digest)


def _digest(bcrypt_hash: bytes, pepper: bytes) -> str:
    return base64.b64encode(hmac.digest(pepper, b"imported " + bcrypt_hash, "sha384")).decode()
