"""Tables of the audit trail, of single-use links, of letters, of settings and of figures."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.infra.database import Base


class AuditEvent(Base):
    """One line of the audit trail: written once, never changed.

    `digest` covers the canonical form of all other columns as of `form`; `sealed_in` names the segment of the hash
    chain that took the row in. Accounts and sessions are named by id without a foreign key, to outlive them.
    `address_bits` is the address in 128 bits, an IPv4 one as mapped (RFC 4291, section 2.5.5.2): a network is a range.
    """

    __tablename__ = "audit_events"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    occurred_at: Mapped[datetime] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(60))
    result: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[str | None] = mapped_column(String(26))
    actor_id: Mapped[str | None] = mapped_column(String(26))
    session_id: Mapped[str | None] = mapped_column(String(26))
    via: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(45))
    address_bits: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    user_agent: Mapped[str] = mapped_column(String(512))
    request_id: Mapped[str] = mapped_column(String(64))
    detail: Mapped[str] = mapped_column(Text)
    form: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed_in: Mapped[int | None] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), index=True)

    __table_args__ = (
        Index("ix_audit_events_account_id_id", "account_id", "id"),
        Index("ix_audit_events_actor_id_id", "actor_id", "id"),
        Index("ix_audit_events_name_id", "name", "id"),
        Index("ix_audit_events_address_bits_id", "address_bits", "id"),
        Index("ix_audit_events_request_id_id", "request_id", "id"),
        Index(
            "ix_audit_events_failure_id",
            "id",
            sqlite_where=text("result = 'failure'"),
            postgresql_where=text("result = 'failure'"),
        ),
        {"sqlite_autoincrement": True},
    )


class AuditSegment(Base):
    """A batch of events that was sealed: a link of the hash chain (see infra/audit_seals for how it is computed).

    Its rows may be cut by retention, which leaves the segment with `cut_at`, so that the chain still holds.
    """

    __tablename__ = "audit_segments"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    first_event_id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))
    last_event_id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))
    event_count: Mapped[int]
    sealed_at: Mapped[datetime]
    last_event_at: Mapped[datetime]
    events_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    previous_head: Mapped[bytes] = mapped_column(LargeBinary(32))
    head: Mapped[bytes] = mapped_column(LargeBinary(32))
    key_id: Mapped[str] = mapped_column(String(43))
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))
    cut_at: Mapped[datetime | None]


class AuditHour(Base):
    """How many events of a name and result an hour (UTC) had, as far as they are sealed: the figures of charts."""

    __tablename__ = "audit_hours"

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    result: Mapped[str] = mapped_column(String(16), primary_key=True)
    event_count: Mapped[int]


class Figure(Base):
    """A number that takes long to count, counted by maintenance."""

    __tablename__ = "figures"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
    counted_at: Mapped[datetime]


class KeptSetting(Base):
    """A setting that administrators changed; `value` is JSON. It goes before the environment's."""

    __tablename__ = "kept_settings"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str | None] = mapped_column(String(26))


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

    __table_args__ = (
        Index(
            "ix_mails_kept",
            "delivered_at",
            sqlite_where=text("body IS NOT NULL AND delivered_at IS NOT NULL"),
            postgresql_where=text("body IS NOT NULL AND delivered_at IS NOT NULL"),
        ),
    )
