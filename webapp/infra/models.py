"""Tables of the audit trail and of single-use links."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.infra.database import Base


class AuditEvent(Base):
    """One line of the audit trail: written once, never changed.

    `digest` covers the canonical form of all other columns as of `form`; `sealed_in` will name the segment of the
    hash chain that took the row in. Accounts and sessions are named by id without a foreign key, to outlive them.
    """

    __tablename__ = "audit_events"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    occurred_at: Mapped[datetime] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(60), index=True)
    result: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[str | None] = mapped_column(String(26))
    actor_id: Mapped[str | None] = mapped_column(String(26))
    session_id: Mapped[str | None] = mapped_column(String(26))
    via: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(45))
    user_agent: Mapped[str] = mapped_column(String(512))
    request_id: Mapped[str] = mapped_column(String(64))
    detail: Mapped[str] = mapped_column(Text)
    form: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed_in: Mapped[int | None] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), index=True)

    __table_args__ = (
        Index("ix_audit_events_account_id_id", "account_id", "id"),
        Index("ix_audit_events_actor_id_id", "actor_id", "id"),
        {"sqlite_autoincrement": True},
    )


class SingleUseLink(Base):
    """A link that works once. Only its token's digest is kept."""

    __tablename__ = "single_use_links"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    spent_at: Mapped[datetime | None]
    # A newer link took its place, or what it was for has been done another way.
    replaced_at: Mapped[datetime | None]
