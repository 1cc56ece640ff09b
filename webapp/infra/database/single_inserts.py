"""Rows of which there may be one: of many who store it at once, one does, or each adds to it, and nobody fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import literal
from sqlalchemy.dialects import postgresql, sqlite

from webapp.infra.database.registry import db

if TYPE_CHECKING:
    from sqlalchemy import FromClause
    from sqlalchemy.orm import Session

    from webapp.infra.database.registry import Base


def insert_or(target: type[Base] | FromClause, session: Session | None = None) -> Any:
    """An INSERT that may end in ON CONFLICT, as the database of the session writes it; of the present one by itself."""
    dialect = sqlite if (session or db.session).get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(target)


def insert_unless_there(model: type[Base], **values: object) -> bool:
    """Store a row in the present unit; False when its primary key or another unique column is taken already.

    A second unit with the same row waits for the first, and then learns that it came second.
    """
    statement = insert_or(model).values(**values).on_conflict_do_nothing()
    # Asked back: psycopg does not count the rows of such a statement.
    return db.session.scalar(statement.returning(literal(True))) is not None
