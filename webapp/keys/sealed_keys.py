"""Private keys as they are stored: sealed under ENCRYPTION_KEY and bound to their kid."""

from __future__ import annotations

from typing import Protocol

from webapp.core.parts import part
from webapp.infra.sealing import SealBroken, Sealer
from webapp.keys.algorithms import ForeignKey, PrivateKey, read_private_key, write_private_key

WRONG_KEY = (
    "The signing keys are sealed with another ENCRYPTION_KEY. Set that value again, or name it in "
    "ENCRYPTION_KEY_FALLBACKS. Nothing was changed. (If it is lost: docs/keys.md.)"
)


class Sealed(Protocol):
    """What is needed of a key's row."""

    @property
    def kid(self) -> str: ...
    @property
    def algorithm(self) -> str: ...
    @property
    def sealed_private_key(self) -> bytes: ...


def seal_private_key(private: PrivateKey, kid: str) -> bytes:
    """As it is stored."""
    return part(Sealer).seal(write_private_key(private), _context(kid))


def open_private_key(row: Sealed) -> PrivateKey:
    """The loaded key. Raises SealBroken, in words for the operator."""
    try:
        return read_private_key(part(Sealer).unseal(row.sealed_private_key, _context(row.kid)), row.algorithm)
    except (SealBroken, ForeignKey):
        raise SealBroken(WRONG_KEY) from None


def opens(row: Sealed) -> bool:
    """Whether this node can use the key."""
    try:
        open_private_key(row)
    except SealBroken:
        return False
    return True


def is_under_former_key(row: Sealed) -> bool:
    """Whether a fallback alone opens it."""
    return part(Sealer).is_under_former_key(row.sealed_private_key)


def seal_anew(row: Sealed) -> bytes:
    """The same key under the present ENCRYPTION_KEY. Raises SealBroken."""
    return seal_private_key(open_private_key(row), row.kid)


def _context(kid: str) -> str:
    return f"signing_keys.sealed_private_key.{kid}"
