"""Every query about return addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from webapp.infra.database import db, insert_unless_there
from webapp.signin.models import ReturnAddress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def find_return_address(url: str) -> ReturnAddress | None:
    """The registered address that is this one letter for letter."""
    return db.session.scalar(select(ReturnAddress).where(ReturnAddress.url == url))


def list_return_addresses() -> Sequence[ReturnAddress]:
    """All that are registered, by address."""
    return db.session.scalars(select(ReturnAddress).order_by(ReturnAddress.url)).all()


def count_return_addresses() -> int:
    """How many are registered."""
    return db.session.scalar(select(func.count()).select_from(ReturnAddress)) or 0


def add_return_address(address_id: str, url: str, moment: datetime) -> bool:
    """Register an address; False when it was already, also by somebody at the same moment."""
    return insert_unless_there(ReturnAddress, id=address_id, url=url, created_at=moment)


def remove_return_address(url: str) -> bool:
    """Forget an address; False when it was not registered."""
    statement = delete(ReturnAddress).where(ReturnAddress.url == url)
    removed = db.session.execute(statement.execution_options(synchronize_session=False))
    return bool(removed.rowcount == 1)  # type: ignore[attr-defined]
