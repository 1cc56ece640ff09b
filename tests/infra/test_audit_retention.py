"""Events past their time go, whole segments at a time; the chain goes on to verify, and says what was cut."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import select, text

from tests.infra.audit_world import find, list_chain, list_rows, record, seal, seal_segments
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.infra.audit_hours import counts_by_hour
from webapp.infra.audit_retention import cut_events
from webapp.infra.database import db, unit_of_work
from webapp.infra.models import AuditEvent
from webapp.ops.maintenance import in_batches

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

DAY = timedelta(days=1)


@pytest.fixture
def trail(make_app: Callable[..., Flask]) -> Flask:
    return make_app(AUDIT_RETENTION_DAYS="30")


def cuts() -> list[dict[str, object]]:
    with unit_of_work(writes=False):
        found = db.session.scalars(select(AuditEvent).where(AuditEvent.name == EventName.AUDIT_CUT))
        return [json.loads(each.detail) for each in found]


@pytest.mark.database
def test_whole_segments_past_their_time_are_cut_and_the_rest_verifies(trail: Flask) -> None:
    with trail.app_context(), time_machine.travel(clock.now(), tick=False) as traveller:
        since = clock.now()
        seal_segments(3, 4)
        record(2)
        traveller.shift(10 * DAY)
        record(2)
        seal()
        traveller.shift(20 * DAY + DAY / 24)
        # The fourth segment of the old ones has younger events, too.
        assert in_batches(cut_events, 6)() == 14
        assert [each.id for each in list_rows()] == [15, 16, 17, 18, 19, 20, 21]
        assert [each.cut_at is not None for each in list_chain()] == [True, True, True, True, False]
        assert cuts() == [
            {"count": 6, "segments": "1-2", "days": 30}, {"count": 4, "segments": "3-3", "days": 30},
            {"count": 4, "segments": "4-4", "days": 30},
        ]  # fmt: skip
        assert find() == []
        with unit_of_work(writes=False):
            counted = counts_by_hour(["login.failed"], since, clock.now())
        assert sum(counted.values()) == 16
        traveller.shift(31 * DAY)
        seal()
        assert in_batches(cut_events, 6)() == 7
        assert (find(), in_batches(cut_events, 6)()) == ([], 0)


def test_cut_that_is_interrupted_cuts_nothing(trail: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with trail.app_context(), time_machine.travel(clock.now(), tick=False) as traveller:
        seal_segments(2, 4)
        traveller.shift(31 * DAY)
        with monkeypatch.context() as dying:
            dying.setattr("webapp.infra.audit_retention.record_event", fail)
            with pytest.raises(KeyboardInterrupt):
                in_batches(cut_events, 250)()
        assert (len(list_rows()), find()) == (10, [])
        assert [each.cut_at for each in list_chain()] == [None] * 3


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_events SET detail = '{}' WHERE id = 4",
        "DELETE FROM audit_events WHERE id = 4",
        "UPDATE audit_segments SET last_event_at = '2020-01-01 00:00:00.000000' WHERE id = 2",
    ],
)
def test_segment_that_was_altered_is_not_cut_so_that_it_goes_on_to_show(
    trail: Flask, tampering: str, caplog: pytest.LogCaptureFixture
) -> None:
    with trail.app_context(), time_machine.travel(clock.now(), tick=False) as traveller:
        seal_segments(3, 4)
        with unit_of_work():
            db.session.execute(text(tampering))
        traveller.shift(31 * DAY)
        found = find()
        assert in_batches(cut_events, 250)() == 10
        assert [each.cut_at is None for each in list_chain()] == [False, True, False, False]
        assert (find(), len(found)) == (found, 1)
    assert "Segment 2 of the audit trail does not verify: its events are kept." in caplog.text


def test_events_that_wait_to_be_sealed_are_not_cut(trail: Flask) -> None:
    with trail.app_context(), time_machine.travel(clock.now() - 31 * DAY, tick=False) as traveller:
        record(3)
        traveller.shift(31 * DAY)
        assert in_batches(cut_events, 250)() == 0
        assert len(list_rows()) == 5
