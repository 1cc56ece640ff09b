"""Words of accounts found in the order in which accounts were made, and on PostgreSQL quickly by their account.

Apart from 0009, whose new column lets nobody read for a moment: while PostgreSQL builds these, words are read as ever,
and who would write some waits, about a second and a half with a million accounts.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TABLE = "account_search"


def upgrade() -> None:
    # The first form of 0009 made it already.
    op.create_index(
        "ix_account_search_created_at", _TABLE, ["created_at", "account_id"], if_not_exists=True
    )
    if op.get_context().dialect.name == "postgresql":
        op.create_index(
            "ix_account_search_account_id_hash", _TABLE, ["account_id"], postgresql_using="hash"
        )


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.drop_index("ix_account_search_account_id_hash", _TABLE)
    op.drop_index("ix_account_search_created_at", _TABLE)
