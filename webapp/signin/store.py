"""Every query about return addresses."""

from __future__ import annotations

from sqlalchemy import select

from webapp.infra.database import db
from webapp.signin.models import ReturnAddress


def find_return_address(url: str) -> ReturnAddress | None:
    """The registered address that is this one letter for letter."""
    return db.session.scalar(select(ReturnAddress).where(ReturnAddress.url == url))
