"""The one question that is asked while a call is under way; it needs no unit of work."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, select

from webapp.connections.models import Connection, scope_of
from webapp.infra.database import find_row

_QUESTION: Final = select(Connection.is_enabled, Connection.name).where(
    Connection.id == bindparam("connection_id")
)


def find_scope(connection_id: str) -> str | None:
    """What a person must hold for the use of the connection; None when it is turned off or gone."""
    row = find_row(_QUESTION, connection_id=connection_id)
    return scope_of(str(row[1])) if row is not None and row[0] else None
