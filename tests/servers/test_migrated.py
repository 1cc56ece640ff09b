"""The database that tests copy does not depend on the clock of whichever test asks for it first."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import time_machine

from tests.servers.migrated import migrate

if TYPE_CHECKING:
    from pathlib import Path


def test_key_is_as_old_as_the_database_also_when_the_clock_was_moved(tmp_path: Path) -> None:
    begun = datetime.now(UTC)
    file = tmp_path / "latchkey.db"
    with time_machine.travel(begun + timedelta(days=400)):
        migrate(tmp_path, f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as database:
        made = database.execute("SELECT created_at FROM signing_keys").fetchone()[0]
    assert begun <= datetime.fromisoformat(made).replace(tzinfo=UTC) < begun + timedelta(days=1)
