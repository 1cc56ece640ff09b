"""Accounts found by any part of a name or an address, and listed in every order, by index.

On SQLite the words lie in an FTS5 table kept by triggers on account_search: a later migration that rebuilds that table
in a batch has to make the triggers again.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op


revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BATCH = 5_000
_TRAITS = (
    "(CASE WHEN locked_at IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN verified_at IS NULL THEN 0 ELSE 2 END)"
    " + (CASE WHEN deletion_due_at IS NULL THEN 0 ELSE 4 END)"
    " + (CASE WHEN second_factor_since IS NULL THEN 0 ELSE 8 END)"
    " + (CASE WHEN last_signed_in_at IS NULL THEN 0 ELSE 16 END)"
)
_KEYS = (("accounts", "username_key", 40), ("email_addresses", "address_key", 254), ("former_addresses", "address_key", 254))
_INDEXES = (
    ("last_signed_in_at_id", ("last_signed_in_at", "id")),
    ("traits_created_at", ("traits", "created_at", "id")),
    ("traits_username_key", ("traits", "username_key")),
    ("traits_last_signed_in_at", ("traits", "last_signed_in_at", "id")),
)
_ADVICE = (
    "The search of accounts needs PostgreSQL's extension pg_trgm, and this database user may not create it. Connect to "
    "this database as its superuser, run CREATE EXTENSION pg_trgm, and start the upgrade again. (Where the extension "
    "is not installed at all, the system's package postgresql-contrib has it.)"
)
_WORDS = (
    "CREATE VIRTUAL TABLE account_search_words USING fts5(text, content='account_search', content_rowid='id', "
    "tokenize='trigram case_sensitive 1')",
    "INSERT INTO account_search_words (account_search_words) VALUES ('rebuild')",
    "CREATE TRIGGER account_search_added AFTER INSERT ON account_search BEGIN "
    "INSERT INTO account_search_words (rowid, text) VALUES (new.id, new.text); END",
    "CREATE TRIGGER account_search_gone AFTER DELETE ON account_search BEGIN "
    "INSERT INTO account_search_words (account_search_words, rowid, text) VALUES ('delete', old.id, old.text); END",
    "CREATE TRIGGER account_search_changed AFTER UPDATE ON account_search BEGIN "
    "INSERT INTO account_search_words (account_search_words, rowid, text) VALUES ('delete', old.id, old.text); "
    "INSERT INTO account_search_words (rowid, text) VALUES (new.id, new.text); END",
)


def upgrade() -> None:
    is_postgres = op.get_context().dialect.name == "postgresql"
    if is_postgres:
        _make_extension()
        for table, column, length in _KEYS:
            # Compared by their bytes, as on SQLite: so the same index finds whatever begins with some letters.
            op.alter_column(table, column, type_=sa.String(length, collation="C"), existing_nullable=False)
    op.add_column("accounts", sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE accounts SET verified_at = (SELECT min(email_addresses.verified_at) FROM email_addresses "
        "WHERE email_addresses.account_id = accounts.id)"
    )
    # SQLite adds no column whose value is stored; its indexes hold the value all the same.
    traits = sa.Computed(_TRAITS, persisted=is_postgres)
    op.add_column("accounts", sa.Column("traits", sa.Integer(), traits, nullable=True))
    for name, columns in _INDEXES:
        op.create_index(f"ix_accounts_{name}", "accounts", list(columns))
    op.create_table(
        "account_search",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_account_search_account_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_account_search"),
        sa.UniqueConstraint("account_id", name="uq_account_search_account_id"),
        sqlite_autoincrement=True,
    )
    _fill()
    if is_postgres:
        op.create_index(
            "ix_account_search_text",
            "account_search",
            ["text"],
            postgresql_using="gin",
            postgresql_ops={"text": "gin_trgm_ops"},
        )
        return
    for statement in _WORDS:
        op.execute(statement)


def _make_extension() -> None:
    statement = sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    if op.get_context().as_sql:
        op.execute(statement)
        return
    connection = op.get_bind()
    try:
        with connection.begin_nested():
            connection.execute(statement)
    except sa.exc.DBAPIError as failure:
        raise RuntimeError(f"{_ADVICE} PostgreSQL says: {str(failure.orig).partition(chr(10))[0]}") from failure


def _fill() -> None:
    if op.get_context().as_sql:
        # Written out beforehand, it cannot fold every letter of every script: the next change of an account does.
        op.execute(
            "INSERT INTO account_search (account_id, text) SELECT accounts.id, lower(accounts.username || '\n' || "
            "accounts.display_name || coalesce((SELECT '\n' || min(email_addresses.address) FROM email_addresses "
            "WHERE email_addresses.account_id = accounts.id), '')) FROM accounts"
        )
        return
    accounts = sa.table("accounts", *map(sa.column, ("id", "username", "display_name", "created_at")))
    emails = sa.table("email_addresses", *map(sa.column, ("id", "account_id", "address", "address_key")))
    search = sa.table("account_search", sa.column("account_id"), sa.column("text"))
    connection, last = op.get_bind(), ""
    while True:
        query = sa.select(accounts.c.id, accounts.c.username, accounts.c.display_name)
        rows = connection.execute(query.where(accounts.c.id > last).order_by(accounts.c.id).limit(_BATCH)).all()
        if not rows:
            return
        first, last = rows[0].id, rows[-1].id
        lines = {row.id: [row.username, row.display_name] for row in rows}
        ours = emails.c.account_id.between(first, last)
        query = sa.select(emails.c.account_id, emails.c.address, emails.c.address_key)
        for row in connection.execute(query.where(ours).order_by(emails.c.id)):
            lines[row.account_id] += [row.address, row.address_key]
        connection.execute(
            sa.insert(search), [{"account_id": key, "text": _text(each)} for key, each in lines.items()]
        )


def _text(lines: list[str]) -> str:
    return "\n".join(dict.fromkeys(map(_fold, lines)))


def _fold(line: str) -> str:
    sound = line.replace("\x00", "").encode("utf-8", "replace").decode()
    return unicodedata.normalize("NFC", " ".join(unicodedata.normalize("NFC", sound).casefold().split()))


def downgrade() -> None:
    is_postgres = op.get_context().dialect.name == "postgresql"
    if not is_postgres:
        op.execute("DROP TABLE account_search_words")
    op.drop_table("account_search")
    for name, _ in _INDEXES:
        op.drop_index(f"ix_accounts_{name}", "accounts")
    op.drop_column("accounts", "traits")
    op.drop_column("accounts", "verified_at")
    if is_postgres:
        for table, column, length in _KEYS:
            op.alter_column(table, column, type_=sa.String(length, collation="default"), existing_nullable=False)
        # The extension stays: somebody else may have asked for it.
