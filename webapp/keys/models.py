"""The table of signing keys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.infra.database import Base


class SigningKey(Base):
    """One key pair. `state` is next, current, retiring, retired or revoked; only a current key signs.

    It is published from `created_at` on, signs from `activated_at` to `retiring_at`, and is out of the published set
    from `retired_at` or `revoked_at` on.
    """

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(String(26), primary_key=True)
    algorithm: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), index=True)
    public_jwk: Mapped[str] = mapped_column(Text)
    # PKCS #8 DER under AES-256-GCM, with the kid as associated data; empty once the key is over.
    sealed_private_key: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    retiring_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
