"""What a request makes the database do, for those who would tell answers apart by their time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask


@contextmanager
def statements_of(app: Flask) -> Iterator[dict[str, int]]:
    """How many statements of each sort are made meanwhile; a savepoint ends one way or the other."""
    from webapp.infra.database import db

    found: dict[str, int] = {}

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sort = statement.split(maxsplit=1)[0].replace("ROLLBACK", "RELEASE")
        found[sort] = found.get(sort, 0) + 1

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
