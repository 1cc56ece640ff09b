"""The table of addresses of other applications to which signing in may lead back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.infra.database import Base


class ReturnAddress(Base):
    """A whole address of another application on this site; `next` may name it letter for letter, and no other."""

    __tablename__ = "return_addresses"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    url: Mapped[str] = mapped_column(String(500), unique=True)
    created_at: Mapped[datetime]
