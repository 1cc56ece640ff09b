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
    # Facts about what the link is for, in JSON: nothing in them opens anything.
    detail: Mapped[str | None] = mapped_column(Text)
    # A newer link took its place, or what it was for has been done another way.
    replaced_at: Mapped[datetime | None]


class Mail(Base):
    """A letter on its way (the outbox). `body` is sealed, since a waiting reset link opens an account, and is erased
    when the letter has been delivered or given up.
    """

    __tablename__ = "mails"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    # A letter that may be asked for twice names what it is about: the second one is not queued.
    once: Mapped[str | None] = mapped_column(String(100), unique=True)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(index=True)
    # When to try next; null when it is delivered or given up.
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    # A process is at it until then; one that died lets others have it afterwards.
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    delivered_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    # What the mail server said last, without addresses.
    last_failure: Mapped[str | None] = mapped_column(String(200))
