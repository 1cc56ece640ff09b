"""A call that is over is kept and counted, once, whoever else is counted at the same time."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from sqlalchemy import func, select

from tests.connections.making import Made
from tests.connections.use_world import connect, use
from tests.make import Person, make_account
from webapp.connections.models import ConnectionCall, ConnectionHour
from webapp.connections.service import delete_connection
from webapp.connections.use import quota_of
from webapp.core.limit import Limit
from webapp.core.parts import part
from webapp.infra.database import db, unit_of_work
from webapp.infra.throttle import Throttle
from webapp.profile.store import delete_account

if TYPE_CHECKING:
    from flask import Flask

START = datetime(2030, 5, 1, 12, 30, tzinfo=UTC)


@pytest.fixture
def connection(at_work: Flask) -> Made:
    return connect(at_work)


@pytest.fixture
def person(at_work: Flask) -> Person:
    return make_account(at_work)


def rows(table: type) -> list[Any]:
    with unit_of_work(writes=False):
        return list(db.session.scalars(select(table)).all())


def count(table: type) -> int:
    with unit_of_work(writes=False):
        return db.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.database
def test_calls_of_an_hour_add_up(at_work: Flask, connection: Made, person: Person) -> None:
    with time_machine.travel(START, tick=False) as clock:
        use(at_work, connection, person, first_byte_ms=99, milliseconds=400)
        use(at_work, connection, person, status=404, first_byte_ms=300, sent_bytes=2**33)
        use(
            at_work,
            connection,
            person,
            status=None,
            error="upstream_slow",
            first_byte_ms=None,
            milliseconds=2999,
        )
        clock.shift(timedelta(hours=1))
        use(at_work, connection, person)
    first, second = sorted(rows(ConnectionHour), key=lambda each: each.hour)
    assert (first.hour, first.calls, first.errors) == (START.replace(minute=0), 3, 2)
    assert (first.under_100, first.under_300, first.under_1000, first.under_3000) == (1, 1, 2, 3)
    assert (first.sent_bytes, first.answered_bytes, first.milliseconds) == (2**33 + 20, 3000, 3459)
    assert (second.calls, second.errors) == (1, 0)
    assert [each.status for each in rows(ConnectionCall)] == [200, 404, None, 200]


@pytest.mark.database
def test_calls_noted_at_once_all_count(at_work: Flask, connection: Made, person: Person) -> None:
    def note(_number: int) -> None:
        with at_work.app_context():
            use(at_work, connection, person)

    with time_machine.travel(START, tick=False), ThreadPoolExecutor(8) as threads:
        list(threads.map(note, range(24)))
    assert ([each.calls for each in rows(ConnectionHour)], count(ConnectionCall)) == ([24], 24)


@pytest.mark.database
def test_what_no_column_holds_is_cut(at_work: Flask, connection: Made, person: Person) -> None:
    odd: dict[str, Any] = {
        "path": "/\x00\udc80" + "é" * 400,
        "method": "PROPFINDS",
        "error": "x" * 50,
        "request_id": "r" * 90,
    }
    use(at_work, connection, person, **odd)
    kept = rows(ConnectionCall)[0]
    assert kept.path == "/\ufffd?" + "é" * 297
    assert (kept.method, len(kept.error), len(kept.request_id)) == ("PROPFIN", 40, 64)


@pytest.mark.database
def test_use_goes_with_its_account_or_its_connection(
    at_work: Flask, connection: Made, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    other, forecast = make_account(at_work), connect(at_work, name="forecast")
    for each in (person, other):
        use(at_work, connection, each)
        use(at_work, forecast, each)
    with unit_of_work():
        delete_account(person.id)
        delete_connection(forecast.id, actor_id="a" * 26)
    caplog.set_level(logging.INFO, "latchkey.connections")
    use(at_work, connection, person)
    use(at_work, forecast, other)
    kept = [(each.connection_id, each.account_id) for each in rows(ConnectionCall) + rows(ConnectionHour)]
    assert kept == [(connection.id, other.id)] * 2
    assert [each.levelname for each in caplog.records if each.name == "latchkey.connections"] == ["INFO"] * 2


def test_locked_database_loses_the_note_and_says_so(
    at_work: Flask,
    connection: Made,
    person: Person,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("webapp.connections.use._PATIENCE_MILLISECONDS", 20)
    with db.engine.connect() as other:
        # Whoever writes holds SQLite's only lock.
        other.exec_driver_sql("UPDATE accounts SET version = version")
        use(at_work, connection, person)
        other.rollback()
    assert (count(ConnectionCall), count(ConnectionHour)) == (0, 0)
    assert "not noted: the database is locked" in caplog.text


def test_quota_shows_what_is_used_and_counts_nothing(at_work: Flask, person: Person) -> None:
    from webapp.connections.service import get_connection
    from webapp.connections.use import PERSON_LANE, person_key

    made = connect(at_work, per_person="3/h")
    with time_machine.travel(START, tick=False) as clock, unit_of_work(writes=False):
        connection, throttle = get_connection(made.id), part(Throttle)
        assert [quota_of(connection, person.id).used for _ in range(3)] == [0, 0, 0]
        for _ in range(2):
            throttle.count(PERSON_LANE, person_key(made.id, person.id), Limit(3, 3600))
        quota = quota_of(connection, person.id)
        assert (quota.limit, quota.used, quota.resets_at) == (
            Limit(3, 3600),
            2,
            START + timedelta(minutes=30),
        )
        assert quota_of(connection, "somebody else").used == 0
        clock.shift(timedelta(minutes=30))
        assert quota_of(connection, person.id).used == 0
