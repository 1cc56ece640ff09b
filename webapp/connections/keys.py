"""The keys to services: sealed under ENCRYPTION_KEY, bound to row and origin, opened for the moment of a call."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from webapp.connections import store
from webapp.core.errors import InvalidInput
from webapp.core.parts import part
from webapp.infra.database import begin_writing
from webapp.infra.outbound.targets import parse_base_url
from webapp.infra.sealing import SealBroken, Sealer

if TYPE_CHECKING:
    from webapp.connections.models import Connection


def seal_key(connection_id: str, base_url: str, key: str) -> bytes:
    """As it is stored. It opens for that origin alone: elsewhere nobody sends it who can write to the database."""
    return part(Sealer).seal(key.encode("ascii"), _context(connection_id, base_url))


def open_key(connection: Connection) -> str:
    """The key, for a call. Raises SealBroken, also for one from another row, and for one that was to go elsewhere."""
    context = _context(connection.id, connection.base_url)
    return part(Sealer).unseal(connection.key_sealed, context).decode("ascii")


def opens(connection: Connection) -> bool:
    """Whether the key can be used."""
    try:
        open_key(connection)
    except SealBroken:
        return False
    return True


def reseal_keys(most: int) -> int:
    """Seal so many keys anew after ENCRYPTION_KEY was replaced; how many were. Those that none opens are left."""
    sealer = part(Sealer)
    if not sealer.has_former_keys:
        return 0
    changed = 0
    for connection in store.list_sealed_otherwise(sealer.mark, most):
        with suppress(SealBroken):
            sealed = seal_key(connection.id, connection.base_url, open_key(connection))
            begin_writing()
            changed += store.replace_sealed(connection.id, connection.key_sealed, sealed)
    return changed


def _context(connection_id: str, base_url: str) -> str:
    try:
        target = parse_base_url(base_url)
    except InvalidInput:
        # Nobody has stored that here.
        raise SealBroken from None
    return f"connections.key_sealed.{connection_id}.{target.scheme}://{target.host_header}"
