"""Tables of connections: the services with their sealed keys, the last calls, and sums of each hour."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.infra.database import Base


class Connection(Base):
    """A third-party service. `key_sealed` opens only with this row's id, `base_url`, and all three of `auth_…`.

    Everything else is no secret.

    `auth_kind` is bearer, basic, header or query; `auth_name` the user of basic, else the header's or parameter's
    name; `auth_template` has `{key}` where the key goes in a header. `methods` are separated by spaces, `paths` and
    both lists of headers by line ends. `per_person` and `overall` are limits such as "60/m", `overall` may be empty.
    Sizes in bytes; `answer_seconds` bounds the wait for the answer's head, `call_seconds` the whole call.
    `calls_at_once` is one person's, in each process. `version` counts changes, for forms that are out of date.
    """

    __tablename__ = "connections"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    purpose: Mapped[str] = mapped_column(String(300))
    base_url: Mapped[str] = mapped_column(String(500))
    auth_kind: Mapped[str] = mapped_column(String(10))
    auth_name: Mapped[str] = mapped_column(String(100))
    auth_template: Mapped[str] = mapped_column(String(200))
    key_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    key_changed_at: Mapped[datetime]
    methods: Mapped[str] = mapped_column(String(60))
    paths: Mapped[str] = mapped_column(Text)
    request_headers: Mapped[str] = mapped_column(Text)
    answer_headers: Mapped[str] = mapped_column(Text)
    per_person: Mapped[str] = mapped_column(String(20))
    overall: Mapped[str] = mapped_column(String(20))
    most_sent: Mapped[int] = mapped_column(BigInteger)
    most_answered: Mapped[int] = mapped_column(BigInteger)
    answer_seconds: Mapped[int]
    call_seconds: Mapped[int]
    calls_at_once: Mapped[int]
    is_enabled: Mapped[bool]
    version: Mapped[int]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    @property
    def scope(self) -> str:
        """What a role must grant its holders for them to use it."""
        return scope_of(self.name)


class ConnectionHour(Base):
    """One person's use of one connection in one hour. `under_100` counts calls answered, at first, within 100 ms."""

    __tablename__ = "connection_hours"

    connection_id: Mapped[str] = mapped_column(
        ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True
    )
    hour: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    calls: Mapped[int] = mapped_column(default=0)
    errors: Mapped[int] = mapped_column(default=0)
    sent_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    answered_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    milliseconds: Mapped[int] = mapped_column(BigInteger, default=0)
    under_100: Mapped[int] = mapped_column(default=0)
    under_300: Mapped[int] = mapped_column(default=0)
    under_1000: Mapped[int] = mapped_column(default=0)
    under_3000: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        Index("ix_connection_hours_account_id_hour", "account_id", "hour"),
        {"sqlite_with_rowid": False},
    )


class ConnectionCall(Base):
    """One call: what was asked and how it went, never its body, its query or a header.

    `status` is the service's, null where it never answered; `error` the code of what this application had to say.
    `masked` counts how often the answer held the key.
    """

    __tablename__ = "connection_calls"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    connection_id: Mapped[str] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    session_id: Mapped[str] = mapped_column(String(26))
    at: Mapped[datetime] = mapped_column(index=True)
    method: Mapped[str] = mapped_column(String(7))
    path: Mapped[str] = mapped_column(String(300))
    status: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(String(40))
    sent_bytes: Mapped[int] = mapped_column(BigInteger)
    answered_bytes: Mapped[int] = mapped_column(BigInteger)
    first_byte_ms: Mapped[int | None]
    milliseconds: Mapped[int]
    request_id: Mapped[str] = mapped_column(String(64))
    masked: Mapped[int]

    __table_args__ = (
        Index("ix_connection_calls_person", "account_id", "connection_id", "id"),
        Index("ix_connection_calls_connection_id_id", "connection_id", "id"),
        {"sqlite_autoincrement": True},
    )


def scope_of(name: str) -> str:
    """The scope that lets its holders use the connection of that name."""
    return f"use:connection:{name}"
