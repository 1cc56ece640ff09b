"""What an operator is told when the database refuses."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from webapp.infra.database import reason_of


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("database is locked.", "database is locked"),
        ("connection failed\nIs the server running?", "connection failed"),
        ("\nno such table: accounts\n", "no such table: accounts"),
        ("", "OperationalError"),
        ("\n", "OperationalError"),
    ],
)
def test_reason_is_the_first_line_of_the_driver_or_the_kind_of_its_failure(said: str, reason: str) -> None:
    own = sqlite3.OperationalError(said)
    around = OperationalError("SELECT 1", {}, own)
    assert (reason_of(own), reason_of(around)) == (reason, reason)


def test_reason_of_a_failure_without_the_drivers_words_names_no_statement() -> None:
    around = OperationalError("SELECT password_hash", {}, None)  # type: ignore[arg-type]
    assert reason_of(around) == "OperationalError"
