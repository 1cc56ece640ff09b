"""What a migration took away from, or now asks of, the release before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was reflected: columns by name, and what else it asks of a row, each as a text."""

    columns: dict[str, Any]
    demands: frozenset[str]


Schema = dict[str, Table]


def read_schema(connection: Connection) -> Schema:
    """Every table but the one that Alembic keeps."""
    inspector = inspect(connection)
    found = {}
    for name in inspector.get_table_names():
        if name == "alembic_version" or "_search_words" in name:
            continue
        unique = [sorted(each["column_names"]) for each in inspector.get_unique_constraints(name)]
        unique += [
            sorted(filter(None, each["column_names"]))
            for each in inspector.get_indexes(name)
            if each["unique"]
        ]
        checks = [each["sqltext"] for each in inspector.get_check_constraints(name)]
        keys = [
            (each["constrained_columns"], each["referred_table"]) for each in inspector.get_foreign_keys(name)
        ]
        demands = [f"unique {each}" for each in unique] + [f"check {each}" for each in checks]
        demands += [f"key {columns} of {table}" for columns, table in keys]
        columns = {each["name"]: each for each in inspector.get_columns(name)}
        found[name] = Table(columns, frozenset(demands))
    return found


def list_narrowed(before: Schema, after: Schema) -> list[str]:
    """Each table, column and demand by which the release before would notice, as `table`, `table.column` or
    `table: demand`.
    """
    found = []
    for name, table in before.items():
        if name not in after:
            found.append(name)
            continue
        now = after[name]
        for column, was in table.columns.items():
            if column not in now.columns or _is_narrower(was, now.columns[column]):
                found.append(f"{name}.{column}")
        added = now.columns.keys() - table.columns.keys()
        found += [f"{name}.{column}" for column in sorted(added) if _wants_a_value(now.columns[column])]
        found += [
            f"{name}: {demand}"
            for demand in sorted(now.demands - table.demands)
            # What is asked of new columns alone, the release before leaves empty.
            if not any(f"'{column}'" in demand or column in demand.split() for column in added)
        ]
    return found


def _is_narrower(was: Any, now: Any) -> bool:
    if was["nullable"] and not now["nullable"]:
        return True
    if was["default"] is not None and now["default"] is None and not now["nullable"]:
        return True
    before, after = was["type"], now["type"]
    if type(before) is not type(after):
        return True
    # No length is any length.
    old, new = getattr(before, "length", None), getattr(after, "length", None)
    return new is not None and (old is None or new < old)


def _wants_a_value(column: Any) -> bool:
    return not (column["nullable"] or column["default"] is not None or column.get("computed"))
