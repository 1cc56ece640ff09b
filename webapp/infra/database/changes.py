"""Statements that change rows, and tell how many those were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.infra.database.registry import db

if TYPE_CHECKING:
    from sqlalchemy import Delete, Update


def count_changed(statement: Update | Delete) -> int:
    """Run it, and say how many rows it changed or deleted. Objects that the session holds stay as they were."""
    changed: Any = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(changed.rowcount)
