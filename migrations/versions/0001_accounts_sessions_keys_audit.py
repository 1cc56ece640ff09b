"""Accounts, addresses, roles and scopes, sessions, signing keys, single-use links, audit events.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("username", sa.String(length=40), nullable=False),
        sa.Column("username_key", sa.String(length=40), nullable=False),
        sa.Column("display_name", sa.String(length=80), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("password_scheme", sa.String(length=32), nullable=True),
        sa.Column("pepper_version", sa.String(length=16), nullable=True),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures_in_a_row", sa.Integer(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lock_reason", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_signed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(password_hash IS NULL) = (password_scheme IS NULL)", name=op.f("ck_accounts_password_whole")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("username_key", name="uq_accounts_username_key"),
    )
    op.create_index("ix_accounts_created_at_id", "accounts", ["created_at", "id"], unique=False)
    op.create_index("ix_accounts_locked_at", "accounts", ["locked_at"], unique=False)

    op.create_table(
        "audit_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.String(length=26), nullable=True),
        sa.Column("actor_id", sa.String(length=26), nullable=True),
        sa.Column("session_id", sa.String(length=26), nullable=True),
        sa.Column("via", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("user_agent", sa.String(length=512), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_in", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_events_account_id_id", "audit_events", ["account_id", "id"], unique=False)
    op.create_index("ix_audit_events_actor_id_id", "audit_events", ["actor_id", "id"], unique=False)
    op.create_index("ix_audit_events_name", "audit_events", ["name"], unique=False)
    op.create_index("ix_audit_events_occurred_at", "audit_events", ["occurred_at"], unique=False)
    op.create_index("ix_audit_events_sealed_in", "audit_events", ["sealed_in"], unique=False)

    roles = op.create_table(
        "roles",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("built_in", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_roles"),
    )
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.String(length=26), nullable=False),
        sa.Column("algorithm", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("public_jwk", sa.Text(), nullable=False),
        sa.Column("sealed_private_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kid", name="pk_signing_keys"),
    )
    op.create_index("ix_signing_keys_state", "signing_keys", ["state"], unique=False)

    op.create_table(
        "account_roles",
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("role_name", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_account_roles_account_id_accounts", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["role_name"], ["roles.name"], name="fk_account_roles_role_name_roles"),
        sa.PrimaryKeyConstraint("account_id", "role_name", name="pk_account_roles"),
    )
    op.create_index("ix_account_roles_role_name", "account_roles", ["role_name"], unique=False)

    op.create_table(
        "email_addresses",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("address_key", sa.String(length=254), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_email_addresses_account_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_email_addresses"),
    )
    op.create_index("ix_email_addresses_account_id", "email_addresses", ["account_id"], unique=False)
    op.create_index("ix_email_addresses_address_key", "email_addresses", ["address_key"], unique=False)
    op.create_index(
        "uq_email_addresses_verified",
        "email_addresses",
        ["address_key"],
        unique=True,
        sqlite_where=sa.text("verified_at IS NOT NULL"),
        postgresql_where=sa.text("verified_at IS NOT NULL"),
    )

    role_scopes = op.create_table(
        "role_scopes",
        sa.Column("role_name", sa.String(length=40), nullable=False),
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_name"], ["roles.name"], name="fk_role_scopes_role_name_roles", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("role_name", "scope", name="pk_role_scopes"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("methods", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authenticated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_active_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_cause", sa.String(length=30), nullable=True),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("swapper_user_agent", sa.LargeBinary(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_sessions_account_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
    )
    op.create_index("ix_sessions_account_id_ended_at", "sessions", ["account_id", "ended_at"], unique=False)
    op.create_index("ix_sessions_ends_at", "sessions", ["ends_at"], unique=False)

    op.create_table(
        "single_use_links",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=26), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name="fk_single_use_links_account_id_accounts",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_single_use_links"),
        sa.UniqueConstraint("token_digest", name="uq_single_use_links_token_digest"),
    )
    op.create_index("ix_single_use_links_account_id", "single_use_links", ["account_id"], unique=False)
    op.create_index("ix_single_use_links_expires_at", "single_use_links", ["expires_at"], unique=False)
    op.bulk_insert(
        roles,
        [
            {"name": "user", "description": "Looks after their own account.", "built_in": True},
            {
                "name": "administrator",
                "description": "Looks after all accounts and reads the audit.",
                "built_in": True,
            },
        ],
    )
    op.bulk_insert(
        role_scopes,
        [
            {"role_name": "user", "scope": "read:profile"},
            {"role_name": "user", "scope": "write:profile"},
            {"role_name": "administrator", "scope": "admin:read"},
            {"role_name": "administrator", "scope": "admin:write"},
        ],
    )


def downgrade() -> None:
    op.drop_index("ix_single_use_links_expires_at", "single_use_links")
    op.drop_index("ix_single_use_links_account_id", "single_use_links")

    op.drop_table("single_use_links")
    op.drop_index("ix_sessions_ends_at", "sessions")
    op.drop_index("ix_sessions_account_id_ended_at", "sessions")

    op.drop_table("sessions")
    op.drop_table("role_scopes")
    op.drop_index("uq_email_addresses_verified", "email_addresses")
    op.drop_index("ix_email_addresses_address_key", "email_addresses")
    op.drop_index("ix_email_addresses_account_id", "email_addresses")

    op.drop_table("email_addresses")
    op.drop_index("ix_account_roles_role_name", "account_roles")

    op.drop_table("account_roles")
    op.drop_index("ix_signing_keys_state", "signing_keys")

    op.drop_table("signing_keys")
    op.drop_table("roles")
    op.drop_index("ix_audit_events_sealed_in", "audit_events")
    op.drop_index("ix_audit_events_occurred_at", "audit_events")
    op.drop_index("ix_audit_events_name", "audit_events")
    op.drop_index("ix_audit_events_actor_id_id", "audit_events")
    op.drop_index("ix_audit_events_account_id_id", "audit_events")

    op.drop_table("audit_events")
    op.drop_index("ix_accounts_locked_at", "accounts")
    op.drop_index("ix_accounts_created_at_id", "accounts")

    op.drop_table("accounts")
