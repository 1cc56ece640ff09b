"""The database: one registry of models, one way to open and close a unit of work.

Owns the engine's settings, the column types and every commit. Knows no table of any feature.
Stands on Flask-SQLAlchemy; domain code uses `db.session` and never commits.
"""

from webapp.infra.database.changes import count_changed
from webapp.infra.database.failures import reason_of
from webapp.infra.database.registry import Base, UtcDateTime, db
from webapp.infra.database.single_inserts import insert_or, insert_unless_there
from webapp.infra.database.single_rows import SingleRows, change_row, find_row
from webapp.infra.database.unit_of_work import (
    DatabaseAway,
    begin_reading,
    begin_writing,
    keep_so_far,
    let_go,
    reading_alone,
    reading_apart,
    undo,
    unit_aside,
    unit_of_work,
)

__all__ = [
    "Base",
    "DatabaseAway",
    "SingleRows",
    "UtcDateTime",
    "begin_reading",
    "begin_writing",
    "change_row",
    "count_changed",
    "db",
    "find_row",
    "insert_or",
    "insert_unless_there",
    "keep_so_far",
    "let_go",
    "reading_alone",
    "reading_apart",
    "reason_of",
    "undo",
    "unit_aside",
    "unit_of_work",
]
