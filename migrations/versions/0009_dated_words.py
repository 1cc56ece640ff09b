"""What accounts are found by says when they were made; 0010 has the index that finds the newest first.

Rows that are there are completed by maintenance, in small batches; until then, lists read them as before.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_CHANGED = (
    "CREATE TRIGGER account_search_changed AFTER UPDATE {of}ON account_search BEGIN "
    "INSERT INTO account_search_words (account_search_words, rowid, text) VALUES ('delete', old.id, old.text); "
    "INSERT INTO account_search_words (rowid, text) VALUES (new.id, new.text); END"
)


def upgrade() -> None:
    op.add_column("account_search", sa.Column("created_at", sa.DateTime(timezone=True), nullable=True))
    # The words stay as they are when a row is dated.
    _watch("OF text ")


def downgrade() -> None:
    _watch("")
    # The first form of this migration made it.
    op.drop_index("ix_account_search_created_at", "account_search", if_exists=True)
    op.drop_column("account_search", "created_at")


def _watch(of: str) -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TRIGGER account_search_changed")
        op.execute(_CHANGED.format(of=of))
