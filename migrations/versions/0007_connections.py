"""Third-party services with their keys, and what was done with them.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "connections",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("name", sa.String(40), nullable=False, unique=True),
        sa.Column("purpose", sa.String(300), nullable=False),
        sa.Column("base_url", sa.String(500), nullable=False),
        sa.Column("auth_kind", sa.String(10), nullable=False),
        sa.Column("auth_name", sa.String(100), nullable=False),
        sa.Column("auth_template", sa.String(200), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_changed_at", _MOMENT, nullable=False),
        sa.Column("methods", sa.String(60), nullable=False),
        sa.Column("paths", sa.Text(), nullable=False),
        sa.Column("request_headers", sa.Text(), nullable=False),
        sa.Column("answer_headers", sa.Text(), nullable=False),
        sa.Column("per_person", sa.String(20), nullable=False),
        sa.Column("overall", sa.String(20), nullable=False),
        sa.Column("most_sent", sa.BigInteger(), nullable=False),
        sa.Column("most_answered", sa.BigInteger(), nullable=False),
        sa.Column("answer_seconds", sa.Integer(), nullable=False),
        sa.Column("call_seconds", sa.Integer(), nullable=False),
        sa.Column("calls_at_once", sa.Integer(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "connection_hours",
        sa.Column("connection_id", sa.String(26), nullable=False),
        sa.Column("account_id", sa.String(26), nullable=False),
        sa.Column("hour", _MOMENT, nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("sent_bytes", sa.BigInteger(), nullable=False),
        sa.Column("answered_bytes", sa.BigInteger(), nullable=False),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.Column("under_100", sa.Integer(), nullable=False),
        sa.Column("under_300", sa.Integer(), nullable=False),
        sa.Column("under_1000", sa.Integer(), nullable=False),
        sa.Column("under_3000", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "hour", "account_id"),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], ondelete="CASCADE"),
        # Read in the order of its key, and by nothing else.
        sqlite_with_rowid=False,
    )
    op.create_index("ix_connection_hours_account_id_hour", "connection_hours", ["account_id", "hour"])
    op.create_index("ix_connection_hours_hour", "connection_hours", ["hour"])
    op.create_table(
        "connection_calls",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("connection_id", sa.String(26), nullable=False),
        sa.Column("account_id", sa.String(26), nullable=False),
        sa.Column("session_id", sa.String(26), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("method", sa.String(7), nullable=False),
        sa.Column("path", sa.String(300), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(40), nullable=True),
        sa.Column("sent_bytes", sa.BigInteger(), nullable=False),
        sa.Column("answered_bytes", sa.BigInteger(), nullable=False),
        sa.Column("first_byte_ms", sa.Integer(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("masked", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_connection_calls_person", "connection_calls", ["account_id", "connection_id", "id"]
    )
    op.create_index("ix_connection_calls_connection_id_id", "connection_calls", ["connection_id", "id"])
    op.create_index("ix_connection_calls_at", "connection_calls", ["at"])


def downgrade() -> None:
    op.drop_table("connection_calls")
    op.drop_table("connection_hours")
    op.drop_table("connections")
