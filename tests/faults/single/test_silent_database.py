"""A PostgreSQL that does not say a word is given up in time, and taken up again with the next request."""

from __future__ import annotations

import time

import pytest
from flask import Flask
from sqlalchemy import Text, cast, func, select, text

from tests.servers.shared import wait_until
from webapp.core.parts import part
from webapp.infra.database import DatabaseAway, SingleRows, db, engine, reading_alone, unit_of_work
from webapp.infra.database.silence import ANSWER_SECONDS, ServedConnection

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
# Nothing is said meanwhile, as when the server hangs.
SILENCE = select(func.length(cast(func.pg_sleep(4), Text)))
QUESTION = select(func.length("ada"))


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ServedConnection, "patience", 0.3)
    monkeypatch.setattr(ServedConnection, "silent_at", float("-inf"))


def test_unit_of_work_gives_a_silent_database_up(hurried: None, at_work: Flask) -> None:
    begun = time.monotonic()
    with pytest.raises(DatabaseAway) as away, unit_of_work():
        db.session.execute(text("SELECT pg_sleep(4)"))
    assert (away.value.status, away.value.retry_after) == (503, 2)
    assert time.monotonic() - begun < 3
    wait_until_asked_again()
    with unit_of_work(writes=False):
        assert db.session.scalar(QUESTION) == 3


def wait_until_asked_again() -> None:
    wait_until(lambda: time.monotonic() - ServedConnection.silent_at > 1, "a second to pass")


def test_nobody_waits_for_a_new_connection_right_after_the_silence(hurried: None, at_work: Flask) -> None:
    with pytest.raises(DatabaseAway), unit_of_work():
        db.session.execute(text("SELECT pg_sleep(4)"))
    ServedConnection.silent_at = time.monotonic()
    with pytest.raises(DatabaseAway) as away, unit_of_work(writes=False):
        db.session.scalar(QUESTION)
    assert "silent a moment ago" in str(away.value.__cause__)


def test_single_row_gives_a_silent_database_up_at_once_and_lets_go_of_the_other_connections(
    hurried: None, at_work: Flask
) -> None:
    rows = part(SingleRows)
    with reading_alone():
        assert rows.find(QUESTION, {}) == (3,)
        begun = time.monotonic()
        with pytest.raises(DatabaseAway):
            rows.find(SILENCE, {})
        assert time.monotonic() - begun < 3, "it is not asked again over every connection that is kept"
        assert rows._connections.free == 8
        wait_until_asked_again()
        assert rows.find(QUESTION, {}) == (3,)


def test_only_a_process_that_serves_gives_up(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ServedConnection, "patience", None)
    with app.app_context():
        engine.give_up_on_silence(db.engine)
        found = ServedConnection.patience
    # Longer than a statement may take, and shorter than nginx waits.
    assert found == ANSWER_SECONDS
    assert 15 < ANSWER_SECONDS < 20
