"""The table of sessions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.infra.database import Base


class Session(Base):
    """One sign-in on one device, and the chain of refresh tokens it owns.

    `counter`, `received` and `rotated_at` are the chain (see tokens/refresh_rule); no token is stored, since each
    can be derived from its number. `methods` lists how the person signed in, as `amr` values (RFC 8176).
    `address_bits` is the address in 128 bits, as in the audit trail: a network is a range.
    """

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    device: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(45))
    address_bits: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    methods: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
    authenticated_at: Mapped[datetime]
    proved_at: Mapped[datetime]
    last_active_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_cause: Mapped[str | None] = mapped_column(String(30))

    # The browser's key (RFC 7638, base64url): once there is one, only proofs made with it move this session.
    key_thumbprint: Mapped[str | None] = mapped_column(String(43))

    counter: Mapped[int] = mapped_column(default=1)
    received: Mapped[int] = mapped_column(default=1)
    rotated_at: Mapped[datetime | None]
    swapper_user_agent: Mapped[bytes | None] = mapped_column(LargeBinary(32))

    # Two find what is past a limit among the open ones, and what ended long ago, without reading the rest. The
    # others are for the list of all sessions, newest first (admin/session_list_store).
    __table_args__ = (
        Index("ix_sessions_account_id_ended_at", "account_id", "ended_at"),
        Index("ix_sessions_ended_at_ends_at", "ended_at", "ends_at"),
        Index("ix_sessions_ended_at_last_active_at", "ended_at", "last_active_at"),
        *(
            Index(
                f"ix_sessions_{name}_created_at_id",
                *columns,
                "created_at",
                "id",
                sqlite_where=text(condition),
                postgresql_where=text(condition),
            )
            for name, columns, condition in (
                # Led by what the condition says already: SQLite would otherwise rather take one of those above.
                ("open_methods", ("ended_at", "methods"), "ended_at IS NULL"),
                ("open_address_bits", ("ended_at", "address_bits"), "ended_at IS NULL"),
                ("ended_methods", ("methods",), "ended_at IS NOT NULL"),
                ("ended_address_bits", ("address_bits",), "ended_at IS NOT NULL"),
                ("end_cause", ("end_cause",), "ended_at IS NOT NULL"),
            )
        ),
    )
