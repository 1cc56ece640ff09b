"""What the database holds after a fault: each change leaves an event in the audit trail, each sign-in a session."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from pathlib import Path

_NAMES = "SELECT detail FROM audit_events WHERE name = 'account.renamed'"
_SESSIONS = "SELECT id, ended_at, end_cause FROM sessions"
_SHOWN = "SELECT display_name FROM accounts"


@dataclass(frozen=True, slots=True)
class Records:
    """`names`: every name that the audit trail knows; `shown`: those in force; `sessions`: id -> cause of its end."""

    names: frozenset[str]
    shown: frozenset[str]
    sessions: dict[str, str | None]


def read_sqlite(file: Path) -> Records:
    with closing(sqlite3.connect(file)) as connection:
        return _records(lambda query: connection.execute(query).fetchall())


def read_postgres(url: str) -> Records:
    with psycopg.connect(url) as connection:
        return _records(lambda query: connection.execute(query).fetchall())


def _records(ask: Any) -> Records:
    return Records(
        frozenset(str(json.loads(detail)["after"]) for (detail,) in ask(_NAMES)),
        frozenset(str(name) for (name,) in ask(_SHOWN)),
        {str(each): None if ended is None else str(cause) for each, ended, cause in ask(_SESSIONS)},
    )
