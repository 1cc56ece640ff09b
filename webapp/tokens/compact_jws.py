"""Signed tokens in compact form: written, and read in parts as the strictest reader would (RFC 7515, section 7.1)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


def read_part(encoded: str) -> dict[str, Any]:
    """An object in UTF-8 with each name once (RFC 7519, section 7.2). Raises ValueError for anything else."""
    try:
        found = json.loads(read_bytes(encoded).decode(), object_pairs_hook=_once)
    except RecursionError:
        raise ValueError("too deep") from None
    if isinstance(found, dict):
        return found
    raise ValueError("not an object")


def read_bytes(encoded: str) -> bytes:
    """What base64url without padding holds. Raises ValueError."""
    try:
        return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except binascii.Error:
        raise ValueError("not base64url") from None


def write_signed(header: Mapping[str, str], claims: Mapping[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """A whole token. The same content gives the same text, as far as the signature does."""
    signed = f"{_write_part(dict(sorted(header.items())))}.{_write_part(claims)}"
    return f"{signed}.{write_bytes(sign(signed.encode('ascii')))}"


def _write_part(content: Mapping[str, Any]) -> str:
    return write_bytes(json.dumps(content, separators=(",", ":")).encode())


def write_bytes(value: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(value).decode("ascii").rstrip("=")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse repeated names: two parsers could read two tokens out of one (RFC 8259, section 4)."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("repeated name")
    return found
