"""Secrets and signatures by the form of Standard Webhooks (standardwebhooks.com): HMAC-SHA256, symmetric."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_PREFIX: Final = "whsec_"
_BYTES: Final = 32


def new_secret() -> str:
    """256 random bits, written as a receiver's library takes them."""
    return _PREFIX + b64encode(secrets.token_bytes(_BYTES)).decode("ascii")


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature: over id, timestamp in seconds and body, so that none of the three can be another's."""
    key = b64decode(secret.removeprefix(_PREFIX))
    content = b"%s.%d.%s" % (message_id.encode("ascii"), timestamp, body)
    return "v1," + b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode("ascii")


def signed_headers(
    signing_secrets: Iterable[str], message_id: str, timestamp: int, body: bytes
) -> list[tuple[bytes, bytes]]:
    """The three headers of a message; a signature by each secret, of which the receiver needs to know one."""
    signatures = " ".join(sign(each, message_id, timestamp, body) for each in signing_secrets)
    return [
        (b"webhook-id", message_id.encode("ascii")),
        (b"webhook-timestamp", b"%d" % timestamp),
        (b"webhook-signature", signatures.encode("ascii")),
    ]
