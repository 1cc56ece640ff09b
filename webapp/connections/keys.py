"""The keys to services: sealed under ENCRYPTION_KEY for a row, an address and a way to be sent; opened for a call."""

from __future__ import annotations

import json
from dataclasses import astuple
from typing import TYPE_CHECKING

from webapp.connections.models import Connection
from webapp.connections.sending import sending_of
from webapp.core.parts import part
from webapp.infra.resealing import reseal_column
from webapp.infra.sealing import SealBroken, Sealer

if TYPE_CHECKING:
    from webapp.connections.sending import Sending


def seal_key(connection_id: str, sending: Sending, key: str) -> bytes:
    """As it is stored. It opens to be sent so alone: otherwise nobody has it sent who can write to the database."""
    return part(Sealer).seal(key.encode("ascii"), _context(connection_id, sending))


def open_key(connection: Connection) -> str:
    """The key, for a call. Raises SealBroken, also for one from another row, or that was to be sent otherwise."""
    context = _context(connection.id, sending_of(connection))
    return part(Sealer).unseal(connection.key_sealed, context).decode("ascii")


def opens(connection: Connection) -> bool:
    """Whether the key can be used."""
    try:
        open_key(connection)
    except SealBroken:
        return False
    return True


def reseal_connection_keys(most: int) -> int:
    """Seal so many keys anew after ENCRYPTION_KEY was replaced; how many were."""
    return reseal_column(
        Connection, Connection.key_sealed, lambda row: _context(row.id, sending_of(row)), most
    )


def _context(connection_id: str, sending: Sending) -> str:
    # As a list, in which no two sets of words read the same.
    return f"connections.key_sealed.{json.dumps([connection_id, *astuple(sending)])}"
