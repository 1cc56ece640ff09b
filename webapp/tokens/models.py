"""Tables about tokens: who may ask for them and about them, which are revoked, which proofs were seen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.infra.database import Base


class Service(Base):
    """Another application that takes our tokens: its audience, and the scopes that a token for it may carry.

    `scopes` is a list separated by spaces. `version` grows with each change by a form.
    """

    __tablename__ = "services"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    audience: Mapped[str] = mapped_column(String(200), unique=True)
    scopes: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class Client(Base):
    """A program that asks about tokens of one audience. Only its secret's digest is kept."""

    __tablename__ = "clients"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    audience: Mapped[str] = mapped_column(String(200))
    secret_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class RevokedToken(Base):
    """A single access token that is worth nothing any more, by its `jti`, until it would have expired."""

    __tablename__ = "revoked_tokens"

    token_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    revoked_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SeenProof(Base):
    """A DPoP proof that was used (RFC 9449, section 11.1), kept for as long as it would be accepted."""

    __tablename__ = "seen_proofs"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
