"""The list of all sessions: the network an address belongs to, and indexes for each filter, newest first.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BATCH = 5_000
_INDEXES = (
    ("open_methods", ["ended_at", "methods"], "ended_at IS NULL"),
    ("open_address_bits", ["ended_at", "address_bits"], "ended_at IS NULL"),
    ("ended_methods", ["methods"], "ended_at IS NOT NULL"),
    ("ended_address_bits", ["address_bits"], "ended_at IS NOT NULL"),
    ("end_cause", ["end_cause"], "ended_at IS NOT NULL"),
)


def upgrade() -> None:
    op.add_column("sessions", sa.Column("address_bits", sa.LargeBinary(length=16), nullable=True))
    _fill_bits()
    for name, columns, condition in _INDEXES:
        op.create_index(
            f"ix_sessions_{name}_created_at_id",
            "sessions",
            [*columns, "created_at", "id"],
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )


def _fill_bits() -> None:
    if op.get_context().as_sql:
        return
    sessions = sa.table("sessions", sa.column("id"), sa.column("address"), sa.column("address_bits"))
    connection, last = op.get_bind(), ""
    while True:
        query = sa.select(sessions.c.id, sessions.c.address).where(sessions.c.id > last)
        rows = connection.execute(query.order_by(sessions.c.id).limit(_BATCH)).all()
        if not rows:
            return
        last = rows[-1].id
        bits = [{"key": row.id, "bits": _bits(row.address)} for row in rows]
        change = sa.update(sessions).where(sessions.c.id == sa.bindparam("key"))
        connection.execute(change.values(address_bits=sa.bindparam("bits")), bits)


def _bits(address: str) -> bytes | None:
    try:
        found = ip_address(address)
    except ValueError:
        return None
    return found.packed if isinstance(found, IPv6Address) else b"\x00" * 10 + b"\xff\xff" + found.packed


def downgrade() -> None:
    for name, _, _ in _INDEXES:
        op.drop_index(f"ix_sessions_{name}_created_at_id", "sessions")
    op.drop_column("sessions", "address_bits")
