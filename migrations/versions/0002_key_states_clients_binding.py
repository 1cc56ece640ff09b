"""Key states with their times, clients and services, return addresses, revoked tokens, bound sessions, seen proofs.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("retiring_at", "retired_at", "revoked_at"):
        op.add_column("signing_keys", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("sessions", sa.Column("key_thumbprint", sa.String(length=43), nullable=True))
    op.drop_index("ix_sessions_ends_at", "sessions")
    op.create_index("ix_sessions_ended_at_ends_at", "sessions", ["ended_at", "ends_at"], unique=False)
    op.create_index(
        "ix_sessions_ended_at_last_active_at", "sessions", ["ended_at", "last_active_at"], unique=False
    )

    op.create_table(
        "services",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("audience", sa.String(length=200), nullable=False),
        sa.Column("scopes", sa.String(length=1000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_services"),
        sa.UniqueConstraint("audience", name="uq_services_audience"),
    )
    op.create_table(
        "clients",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("audience", sa.String(length=200), nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_clients"),
    )
    op.create_table(
        "return_addresses",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_return_addresses"),
        sa.UniqueConstraint("url", name="uq_return_addresses_url"),
    )
    op.create_table(
        "revoked_tokens",
        sa.Column("token_id", sa.String(length=64), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_id", name="pk_revoked_tokens"),
    )
    op.create_index("ix_revoked_tokens_expires_at", "revoked_tokens", ["expires_at"], unique=False)
    op.create_table(
        "seen_proofs",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_seen_proofs"),
    )
    op.create_index("ix_seen_proofs_expires_at", "seen_proofs", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_seen_proofs_expires_at", "seen_proofs")
    op.drop_table("seen_proofs")
    op.drop_index("ix_revoked_tokens_expires_at", "revoked_tokens")
    op.drop_table("revoked_tokens")
    op.drop_table("return_addresses")
    op.drop_table("clients")
    op.drop_table("services")
    op.drop_index("ix_sessions_ended_at_last_active_at", "sessions")
    op.drop_index("ix_sessions_ended_at_ends_at", "sessions")
    op.create_index("ix_sessions_ends_at", "sessions", ["ends_at"], unique=False)
    op.drop_column("sessions", "key_thumbprint")
    # The former release knows no state that this one adds: what it would go on verifying with is taken out first.
    op.execute("UPDATE signing_keys SET state = 'retired' WHERE state = 'revoked'")
    for name in ("revoked_at", "retired_at", "retiring_at"):
        op.drop_column("signing_keys", name)
