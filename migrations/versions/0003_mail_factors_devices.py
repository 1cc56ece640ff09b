"""Mail, second factors, known devices, pending sign-ins, former addresses, deletion with time to return.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _id(name: str = "id", *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.String(length=26), nullable=nullable)


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id"], ["accounts.id"], name=f"fk_{table}_account_id_accounts", ondelete="CASCADE"
    )


def upgrade() -> None:
    for name in ("second_factor_since", "password_voided_at", "secured_at", "deletion_due_at"):
        op.add_column("accounts", _moment(name))
    op.add_column(
        "accounts", sa.Column("factor_failures_in_a_row", sa.Integer(), nullable=False, server_default="0")
    )
    with op.batch_alter_table("accounts") as accounts:
        accounts.alter_column("factor_failures_in_a_row", server_default=None)
    op.create_index("ix_accounts_deletion_due_at", "accounts", ["deletion_due_at"])
    op.add_column("single_use_links", sa.Column("detail", sa.Text(), nullable=True))

    op.create_table(
        "former_addresses",
        _id(),
        _id("account_id"),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("address_key", sa.String(length=254), nullable=False),
        _moment("replaced_at", nullable=False),
        _moment("kept_until", nullable=False),
        _of_account("former_addresses"),
        sa.PrimaryKeyConstraint("id", name="pk_former_addresses"),
        sa.UniqueConstraint("address_key", name="uq_former_addresses_address_key"),
    )
    op.create_index("ix_former_addresses_account_id", "former_addresses", ["account_id"])
    op.create_index("ix_former_addresses_kept_until", "former_addresses", ["kept_until"])

    op.create_table(
        "mails",
        _id(),
        sa.Column("kind", sa.String(length=40), nullable=False),
        _id("account_id", nullable=True),
        sa.Column("once", sa.String(length=100), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        _moment("created_at", nullable=False),
        _moment("due_at"),
        _moment("claimed_until"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _moment("delivered_at"),
        _moment("given_up_at"),
        sa.Column("last_failure", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_mails_account_id_accounts", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mails"),
        sa.UniqueConstraint("once", name="uq_mails_once"),
    )
    for column in ("account_id", "created_at", "due_at"):
        op.create_index(f"ix_mails_{column}", "mails", [column])

    op.create_table(
        "totp_factors",
        _id(),
        _id("account_id"),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        _moment("created_at", nullable=False),
        _moment("confirmed_at"),
        sa.Column("last_timecode", sa.BigInteger(), nullable=True),
        _moment("last_used_at"),
        _of_account("totp_factors"),
        sa.PrimaryKeyConstraint("id", name="pk_totp_factors"),
    )
    op.create_index("ix_totp_factors_account_id", "totp_factors", ["account_id"])

    op.create_table(
        "passkeys",
        _id(),
        _id("account_id"),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(length=1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.String(length=100), nullable=False),
        sa.Column("is_synced", sa.Boolean(), nullable=False),
        _moment("created_at", nullable=False),
        _moment("last_used_at"),
        _of_account("passkeys"),
        sa.PrimaryKeyConstraint("id", name="pk_passkeys"),
        sa.UniqueConstraint("credential_id", name="uq_passkeys_credential_id"),
    )
    op.create_index("ix_passkeys_account_id", "passkeys", ["account_id"])

    op.create_table(
        "passkey_challenges",
        sa.Column("challenge_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        _id("account_id", nullable=True),
        sa.Column("bound_to", sa.String(length=64), nullable=False),
        _moment("expires_at", nullable=False),
        _of_account("passkey_challenges"),
        sa.PrimaryKeyConstraint("challenge_digest", name="pk_passkey_challenges"),
    )
    op.create_index("ix_passkey_challenges_expires_at", "passkey_challenges", ["expires_at"])

    op.create_table(
        "recovery_codes",
        _id(),
        _id("account_id"),
        sa.Column("code_digest", sa.LargeBinary(length=32), nullable=False),
        _moment("created_at", nullable=False),
        _moment("used_at"),
        _of_account("recovery_codes"),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_codes"),
        sa.UniqueConstraint("code_digest", name="uq_recovery_codes_code_digest"),
    )
    op.create_index("ix_recovery_codes_account_id", "recovery_codes", ["account_id"])

    op.create_table(
        "pending_sign_ins",
        _id(),
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=False),
        _id("account_id"),
        sa.Column("device_id", sa.String(length=26), nullable=False),
        sa.Column("is_page", sa.Boolean(), nullable=False),
        _moment("password_changed_at"),
        _moment("created_at", nullable=False),
        _moment("expires_at", nullable=False),
        _moment("finished_at"),
        _of_account("pending_sign_ins"),
        sa.PrimaryKeyConstraint("id", name="pk_pending_sign_ins"),
        sa.UniqueConstraint("token_digest", name="uq_pending_sign_ins_token_digest"),
    )
    op.create_index("ix_pending_sign_ins_account_id", "pending_sign_ins", ["account_id"])
    op.create_index("ix_pending_sign_ins_expires_at", "pending_sign_ins", ["expires_at"])

    op.create_table(
        "known_devices",
        _id("device_id"),
        _id("account_id"),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        _moment("first_seen_at", nullable=False),
        _moment("last_seen_at", nullable=False),
        _moment("trusted_until"),
        _of_account("known_devices"),
        sa.PrimaryKeyConstraint("device_id", "account_id", name="pk_known_devices"),
    )
    op.create_index("ix_known_devices_account_id", "known_devices", ["account_id"])
    op.create_index("ix_known_devices_last_seen_at", "known_devices", ["last_seen_at"])


def downgrade() -> None:
    for table in (
        "known_devices",
        "pending_sign_ins",
        "recovery_codes",
        "passkey_challenges",
        "passkeys",
        "totp_factors",
        "mails",
        "former_addresses",
    ):
        op.drop_table(table)
    op.drop_column("single_use_links", "detail")
    op.drop_index("ix_accounts_deletion_due_at", "accounts")
    for name in (
        "factor_failures_in_a_row",
        "deletion_due_at",
        "secured_at",
        "password_voided_at",
        "second_factor_since",
    ):
        op.drop_column("accounts", name)
