"""Nonces that a proof of possession carries (RFC 9449, sections 8 and 9): nothing is stored, every node reads them.

A nonce says when it was handed out, to five minutes, and which memory will remember the proofs that carry it: the
shared store, or the database while that store is away. So a proof has one place where it can have been seen before.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from webapp.config import current_settings
from webapp.core import clock
from webapp.core.parts import part
from webapp.infra.limit_store import LimitStore
from webapp.infra.sealing import derive_key
from webapp.tokens.compact_jws import write_bytes
from webapp.tokens.errors import UseDpopNonce

if TYPE_CHECKING:
    from webapp.config import Settings
    from webapp.tokens.dpop import Proof

WINDOW_SECONDS: Final = 300
_BYTES: Final = 18


class Memory(StrEnum):
    """Where proofs are remembered."""

    SHARED = "shared"
    DATABASE = "database"


@dataclass(frozen=True, slots=True)
class ReadNonce:
    """A nonce of ours that still counts. `is_ageing`: in the next window it will not."""

    memory: Memory
    is_ageing: bool


class DpopNonces:
    """Makes nonces under the first secret, and reads those of every one."""

    def __init__(self, settings: Settings) -> None:
        secrets = [settings.secret_key, *settings.secret_key_fallbacks]
        self._keys = [derive_key(each.get_secret_value(), "dpop nonces") for each in secrets]

    def make(self, memory: Memory) -> str:
        """The nonce of this moment."""
        return self._made(self._keys[0], memory, _window())

    def read(self, text: str) -> ReadNonce | None:
        """What a nonce of this window or the last one says; None for any other text."""
        given, window = text.encode("utf-8", "surrogatepass"), _window()
        for key in self._keys:
            for memory in Memory:
                for age in (0, 1):
                    if hmac.compare_digest(self._made(key, memory, window - age).encode(), given):
                        return ReadNonce(memory, is_ageing=age > 0)
        return None

    @staticmethod
    def _made(key: bytes, memory: Memory, window: int) -> str:
        return write_bytes(hmac.digest(key, f"{memory} {window}".encode(), "sha256")[:_BYTES])


def present_memory() -> Memory:
    """Where a proof without a nonce is remembered now."""
    return Memory.SHARED if part(LimitStore).is_shared else Memory.DATABASE


def fresh_nonce() -> str:
    """A nonce for the next proof, whose memory is the one at work."""
    return part(DpopNonces).make(present_memory())


def check_nonce(proof: Proof) -> str | None:
    """The nonce to hand out with the answer, if the proof's is ageing. Raises UseDpopNonce.

    A nonce is needed where REQUIRE_DPOP_NONCE says so. One that comes along must be ours and recent in any case:
    which memory remembers the proof must not be for its sender to say.
    """
    if proof.nonce is None:
        if current_settings().require_dpop_nonce:
            raise UseDpopNonce(fresh_nonce())
        return None
    read = part(DpopNonces).read(proof.nonce)
    if read is None:
        raise UseDpopNonce(fresh_nonce())
    return fresh_nonce() if read.is_ageing else None


def memory_of(proof: Proof) -> Memory:
    """Where this proof is remembered, and nowhere else. Its nonce has been checked."""
    read = None if proof.nonce is None else part(DpopNonces).read(proof.nonce)
    if read is not None:
        return read.memory
    return Memory.SHARED if current_settings().redis_url else Memory.DATABASE


def _window() -> int:
    return int(clock.now().timestamp()) // WINDOW_SECONDS
