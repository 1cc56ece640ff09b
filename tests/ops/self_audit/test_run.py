"""A run: the database is asked within the unit, everybody else at once, and nobody is waited for long."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Literal

import pytest
from sqlalchemy import text

from tests.make import make_administrator
from tests.ops.self_audit.grounds import level_of
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.database import db, unit_of_work
from webapp.infra.schema import Schema
from webapp.ops.self_audit import run
from webapp.ops.self_audit.evidence import Evidence, Visit
from webapp.ops.self_audit.findings import NotKnown
from webapp.ops.self_audit.live import Live
from webapp.ops.self_audit.neighbours import Counting
from webapp.ops.self_audit.run import LastAudit, run_audit
from webapp.ops.self_audit.stored import Stored, look_at_stored

if TYPE_CHECKING:
    from flask import Flask

UNKNOWN = NotKnown("The database was not asked.", "Ask it.")


def visit(*, is_offline: bool = True) -> Visit:
    return Visit(current_settings(), {}, clock.now(), is_offline=is_offline)


@pytest.mark.database
def test_database_tells_of_itself_and_of_the_house(at_work: Flask, database_kind: str) -> None:
    make_administrator(at_work)
    with unit_of_work():
        record_event(EventName.BACKUP_MADE)
    with unit_of_work(writes=False):
        found = look_at_stored()
    assert isinstance(found, Stored)
    assert (found.administrators, found.with_second_factor, found.is_replaced) == (1, 0, False)
    assert (found.engine.schema, found.engine.is_postgresql) == (
        Schema.CURRENT,
        database_kind == "postgresql",
    )
    evidence = Evidence(visit(), {Stored: found})
    assert level_of("backup.age", evidence) == level_of("database.answers", evidence) == "pass"
    # The tests' PostgreSQL does without fsync and gives us a superuser, which a real one must not.
    unlike = {level_of("database.durability", evidence), level_of("database.rights", evidence)}
    assert unlike == ({"warn"} if found.engine.is_postgresql else {"pass", None})


@pytest.mark.parametrize(
    ("runs", "level"),
    [
        ([("success", 1)], "pass"),
        ([("failure", 1)], "fail"),
        ([("failure", 1), ("success", 1)], "pass"),
        # A trail that was made anew shows only against heads from outside: a plain run proves nothing there.
        ([("failure", 2), ("success", 1), ("success", 1)], "fail"),
        ([("failure", 2), ("success", 1), ("success", 2)], "pass"),
        ([("success", 2), ("failure", 1)], "fail"),
    ],
)
def test_weaker_verification_does_not_clear_what_a_stronger_one_found(
    at_work: Flask, runs: list[tuple[Literal["success", "failure"], int]], level: str
) -> None:
    for result, heads in runs:
        with unit_of_work():
            record_event(EventName.AUDIT_VERIFIED, result=result, detail={"count": 0, "heads": heads})
    with unit_of_work(writes=False):
        found = look_at_stored()
    assert isinstance(found, Stored)
    assert level_of("audit.verified", Evidence(visit(), {Stored: found})) == level


def test_database_without_tables_is_told_and_not_raised(at_work: Flask) -> None:
    with unit_of_work():
        db.session.execute(text("DROP TABLE mails"))
    with unit_of_work(writes=False):
        found = look_at_stored()
    assert isinstance(found, NotKnown)
    report = run_audit(visit(), found)
    assert report.sections[0].group.id == "database"
    assert report.has_failures


@pytest.mark.limits
def test_limits_are_tried_where_they_are_counted(at_work: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_ASKING", {Counting: run._ASKING[Counting]})
    report = run_audit(visit(is_offline=False), UNKNOWN)
    found = {each.check.id: each.finding.level for section in report.sections for each in section.results}
    assert (found["limits.store"], found["limits.count"]) == ("pass", "pass")


def test_neighbour_that_hangs_is_not_waited_for(at_work: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(run, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(run, "_ASKING", {Live: ("The public address", lambda _visit: over.wait(30))})
    begun = clock.monotonic()
    report = run_audit(visit(is_offline=False), UNKNOWN)
    over.set()
    assert clock.monotonic() - begun < 5
    sentences = {
        each.check.id: each.finding.sentence for section in report.sections for each in section.results
    }
    assert sentences["live.reach"] == "The public address did not answer in time."


def test_fault_in_one_look_leaves_the_others(
    at_work: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_visit: Visit) -> None:
        raise RuntimeError("redis://:pa55word@store")

    monkeypatch.setattr(run, "_ASKING", {Counting: ("The limiter store", fail)})
    report = run_audit(visit(is_offline=False), UNKNOWN)
    found = {each.check.id: each.finding for section in report.sections for each in section.results}
    assert found["limits.count"].sentence == "The limiter store could not be looked at."
    assert found["machine.disk"].level == "pass"
    assert "RuntimeError" in caplog.text
    assert "pa55word" not in caplog.text


def test_offline_nobody_is_asked(at_work: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(run, "_ASKING", {Live: ("The public address", asked.append)})
    report = run_audit(visit(), UNKNOWN)
    assert asked == []
    assert report.is_offline
    assert {"live", "browsers"}.isdisjoint(section.group.id for section in report.sections)


class WatchedLock:
    """A lock that tells when somebody has to wait for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.awaited = threading.Event()
        self.release = self._lock.release

    def acquire(self, *, blocking: bool = True) -> bool:
        if blocking:
            self.awaited.set()
        return self._lock.acquire(blocking)


def test_two_who_ask_at_once_share_one_run(monkeypatch: pytest.MonkeyPatch, at_work: Flask) -> None:
    begun, go_on, runs = threading.Event(), threading.Event(), []

    def slow_run(*given: object) -> str:
        runs.append(given)
        begun.set()
        assert go_on.wait(10)
        return f"report {len(runs)}"

    monkeypatch.setattr(run, "run_audit", slow_run)
    last, asked = LastAudit(), visit()
    got: list[object] = []
    lock = WatchedLock()
    monkeypatch.setattr(last, "_lock", lock)
    people = [threading.Thread(target=lambda: got.append(last.run(asked, UNKNOWN))) for _ in range(2)]
    people[0].start()
    assert begun.wait(10)
    people[1].start()
    assert lock.awaited.wait(10)
    go_on.set()
    for each in people:
        each.join(10)
    assert got == ["report 1", "report 1"]
