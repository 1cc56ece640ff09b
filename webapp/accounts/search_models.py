"""Table of the words by which accounts are found."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.infra.database import Base


class AccountSearch(Base):
    """What an account is found by: its names and addresses, each on a line, folded as `fold` does.

    PostgreSQL finds any part of it by trigrams, SQLite by a table of FTS5, account_search_words, that triggers keep.
    `created_at` is that of the account: who reads the newest first finds text beside text, instead of each by its id.
    It is null where a release before wrote the row, until maintenance has been there.
    The number is of its own because those words hold on to it: SQLite may number rows anew that have none.
    """

    __tablename__ = "account_search"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    account_id: Mapped[str] = mapped_column(
        String(26), ForeignKey("accounts.id", ondelete="CASCADE"), unique=True
    )
    text: Mapped[str] = mapped_column(Text())
    created_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_account_search_created_at", "created_at", "account_id"),
        # A look-up by it takes two thirds of one by the unique index, and a search looks thousands up.
        Index("ix_account_search_account_id_hash", "account_id", postgresql_using="hash").ddl_if(
            dialect="postgresql"
        ),
        Index(
            "ix_account_search_text",
            "text",
            postgresql_using="gin",
            postgresql_ops={"text": "gin_trgm_ops"},
        ).ddl_if(dialect="postgresql"),
        {"sqlite_autoincrement": True},
    )
