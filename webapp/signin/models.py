"""Tables of signing in: sign-ins that wait for a second step, known devices, addresses to return to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.infra.database import Base


class PendingSignIn(Base):
    """The right password was given; a second factor is due. It opens nothing but the second step.

    Only the digest of its token is kept. `password_changed_at` is that of the password that was checked.
    """

    __tablename__ = "pending_sign_ins"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    # The browser it began in, as its device cookie names it.
    device_id: Mapped[str] = mapped_column(String(26))
    # Whether it began on the page: what began there is not continued at the API, and the other way round.
    is_page: Mapped[bool]
    password_changed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    # Taken by the one answer that was right.
    finished_at: Mapped[datetime | None]


class KnownDevice(Base):
    """A browser that has signed an account in. The browser holds its id in a signed cookie; both must agree."""

    __tablename__ = "known_devices"

    device_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    account_id: Mapped[str] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    # As in sessions: "Firefox on Linux", and where it was last.
    device: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(45))
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime] = mapped_column(index=True)
    # Until then no second factor is asked for after the password.
    trusted_until: Mapped[datetime | None]


class ReturnAddress(Base):
    """A whole address of another application on this site; `next` may name it letter for letter, and no other."""

    __tablename__ = "return_addresses"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    url: Mapped[str] = mapped_column(String(500), unique=True)
    created_at: Mapped[datetime]
