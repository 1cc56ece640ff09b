"""Rows of which there may be one: of many who store it at once, one does, and nobody fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import literal
from sqlalchemy.dialects import postgresql, sqlite

from webapp.infra.database.registry import db

if TYPE_CHECKING:
    from webapp.infra.database.registry import Base


def insert_unless_there(model: type[Base], **values: object) -> bool:
    """Store a row in the present unit; False when its primary key or another unique column is taken already.

    A second unit with the same row waits for the first, and then learns that it came second.
    """
    dialect = sqlite if db.session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(model).values(**values).on_conflict_do_nothing()
    # Asked back: psycopg does not count the rows of such a statement.
    return db.session.scalar(statement.returning(literal(True))) is not None
