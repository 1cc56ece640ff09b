"""Tables of webhooks: the endpoints with their sealed secrets, the messages, and the attempts to deliver them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.infra.database import Base


class WebhookEndpoint(Base):
    """Where messages go. Both secrets open only with this row's id and URL; everything else is no secret.

    `events` are public names, separated by spaces. The former secret signs too until `former_secret_until`.
    `failing_since` is the first failure after the last delivery; `turned_off_at` says that it was turned off for it.
    `version` counts changes, for forms that are out of date.
    """

    __tablename__ = "webhook_endpoints"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    url: Mapped[str] = mapped_column(String(500))
    events: Mapped[str] = mapped_column(Text)
    is_enabled: Mapped[bool]
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    secret_changed_at: Mapped[datetime]
    former_secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    former_secret_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    turned_off_at: Mapped[datetime | None]
    version: Mapped[int]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class WebhookMessage(Base):
    """One event for one endpoint. `body` is what is sent, byte for byte, at every attempt, once `mac` says it is ours.

    While it is on its way, `due_at` says when it is tried next; then it is delivered or given up. `attempts` counts all
    of them and names the claim; `tries` counts those since it was sent, or sent again. The endpoint is named without a
    foreign key: one that is deleted at this very moment must not fail what is being told of.
    """

    __tablename__ = "webhook_messages"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    endpoint_id: Mapped[str] = mapped_column(String(26))
    event: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)
    mac: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(index=True)
    due_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int]
    tries: Mapped[int]
    delivered_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    last_status: Mapped[int | None]
    last_problem: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (
        Index(
            "ix_webhook_messages_due",
            "endpoint_id",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index("ix_webhook_messages_newest", "endpoint_id", "created_at", "id"),
    )


class WebhookAttempt(Base):
    """One attempt. `status` is the endpoint's answer, null without one; `problem` a code, null where it was taken."""

    __tablename__ = "webhook_attempts"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("webhook_messages.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    status: Mapped[int | None]
    problem: Mapped[str | None] = mapped_column(String(40))
    milliseconds: Mapped[int]

    __table_args__ = (Index("ix_webhook_attempts_message_id_id", "message_id", "id"),)
