"""Which proofs were used: each counts once, on whichever node (RFC 9449, section 11.1).

Remembered in the shared store where there is one, else in the database. While the store is away, nobody can say
what it has seen: a proof must then carry a nonce that sends it to the database, which no proof of before has.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from webapp.core import clock
from webapp.core.opaque import digest_of
from webapp.core.parts import part
from webapp.infra.database import insert_unless_there
from webapp.infra.limit_store import LimitStore
from webapp.tokens.dpop import LEEWAY, Proof
from webapp.tokens.dpop_nonces import DpopNonces, Memory, memory_of
from webapp.tokens.errors import InvalidDpopProof, UseDpopNonce
from webapp.tokens.models import SeenProof

# From a minute before to a minute after its `iat`, and what the clocks of two nodes may differ by.
KEPT: Final = 2 * LEEWAY + timedelta(seconds=10)


def spend_proof(proof: Proof) -> None:
    """Let this proof count, once. Raises InvalidDpopProof for one that did before, UseDpopNonce.

    In the database it is spent by the present unit, so that only what is stored has used it up. A second unit with
    the same proof waits for the first and is then refused: the primary key decides.
    """
    digest = digest_of(proof.thumbprint + proof.token_id)
    memory = memory_of(proof)
    if memory is Memory.SHARED:
        is_new = part(LimitStore).claim(f"proof:{digest.hex()}", int(KEPT.total_seconds()))
        if is_new is None:
            raise UseDpopNonce(part(DpopNonces).make(Memory.DATABASE))
    else:
        is_new = insert_unless_there(SeenProof, digest=digest, expires_at=clock.now() + KEPT)
    if not is_new:
        raise InvalidDpopProof
