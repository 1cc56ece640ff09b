"""Secrets at rest: AES-256-GCM bound to their place, and keys derived per purpose.

A sealed value is `version byte | key fingerprint (4) | nonce (12) | ciphertext and tag`. The context (table, column and
row, or a signing key's `kid`) is associated data: a value moved to another row does not open (NIST SP 800-38D).
"""

from __future__ import annotations

import hashlib
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from webapp.core.errors import Problem

_VERSION = b"\x01"
_FINGERPRINT = slice(1, 5)
_NONCE = slice(5, 17)
_BODY = slice(17, None)


class SealBroken(Problem):
    """A stored secret does not open: another ENCRYPTION_KEY, or a value that was changed or moved."""

    code = "sealed_value_unreadable"
    status = 503
    message = "A stored secret cannot be opened with the present ENCRYPTION_KEY."


def derive_key(secret: str, purpose: str, length: int = 32) -> bytes:
    """A key of its own for each purpose from one configured secret (HKDF, RFC 5869)."""
    derivation = HKDF(algorithm=SHA256(), length=length, salt=b"latchkey", info=purpose.encode())
    return derivation.derive(secret.encode())


class Sealer:
    """Seals with the first secret; opens with any of them, so that the secret can be replaced without an outage."""

    def __init__(self, encryption_key: str, fallbacks: tuple[str, ...] = ()) -> None:
        keys = [derive_key(secret, "sealing") for secret in (encryption_key, *fallbacks)]
        self._ciphers = {self._fingerprint(key): AESGCM(key) for key in keys}
        self._first = self._fingerprint(keys[0])

    @staticmethod
    def _fingerprint(key: bytes) -> bytes:
        return hashlib.sha256(b"fingerprint" + key).digest()[:4]

    def seal(self, plain: bytes, context: str) -> bytes:
        """Encrypt under a fresh random nonce, bound to `context`."""
        nonce = secrets.token_bytes(12)
        return (
            _VERSION
            + self._first
            + nonce
            + self._ciphers[self._first].encrypt(nonce, plain, context.encode())
        )

    @property
    def mark(self) -> bytes:
        """How everything begins that the present key has sealed: for finding what is left of former ones."""
        return _VERSION + self._first

    @property
    def former_marks(self) -> tuple[bytes, ...]:
        """How everything begins that fallbacks have sealed, and that should be sealed anew before they are dropped."""
        return tuple(_VERSION + each for each in self._ciphers if each != self._first)

    def is_under_former_key(self, sealed: bytes) -> bool:
        """Whether it opens with a fallback alone, and should be sealed anew before that is dropped."""
        return sealed[_FINGERPRINT] != self._first and sealed[_FINGERPRINT] in self._ciphers

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """The plain value. Raises SealBroken for a foreign key, another context or any changed bit."""
        cipher = self._ciphers.get(sealed[_FINGERPRINT])
        if cipher is None or sealed[:1] != _VERSION:
            raise SealBroken
        try:
            return cipher.decrypt(sealed[_NONCE], sealed[_BODY], context.encode())
        except (InvalidTag, ValueError):
            raise SealBroken from None
