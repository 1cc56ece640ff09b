"""Tables of second factors."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.infra.database import Base


class TotpFactor(Base):
    """An authenticator app (RFC 6238). It counts from the moment its first code was confirmed."""

    __tablename__ = "totp_factors"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    # Sealed under "totp_factors.secret <id>".
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    # The time step of the last code taken: none of it or of an earlier one is taken again.
    last_timecode: Mapped[int | None] = mapped_column(BigInteger)
    last_used_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_totp_factors_unconfirmed",
            "created_at",
            sqlite_where=text("confirmed_at IS NULL"),
            postgresql_where=text("confirmed_at IS NULL"),
        ),
    )


class Passkey(Base):
    """A WebAuthn credential with user verification (Web Authentication Level 3). Nothing here is secret."""

    __tablename__ = "passkeys"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    # As the browser names them, separated by spaces.
    transports: Mapped[str] = mapped_column(String(100), default="")
    # Kept by a provider on several devices, as opposed to bound to one.
    is_synced: Mapped[bool]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class PasskeyChallenge(Base):
    """A challenge we made and have not seen answered; it is deleted by its first answer, right or wrong."""

    __tablename__ = "passkey_challenges"

    challenge_digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    # register, sign_in, factor or proof: an answer for one is none for another.
    purpose: Mapped[str] = mapped_column(String(12))
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    # The session, pending sign-in or page session it was made for.
    bound_to: Mapped[str] = mapped_column(String(64), default="")
    expires_at: Mapped[datetime] = mapped_column(index=True)


class RecoveryCode(Base):
    """One of ten codes for the day every other factor is lost. Only its digest is kept: it has 112 random bits."""

    __tablename__ = "recovery_codes"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    code_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
