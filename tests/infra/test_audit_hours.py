"""Figures by the hour are exact at any moment, whatever of the trail is sealed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.infra.audit_world import record, seal
from webapp.infra.audit_hours import counts_by_hour, fold_into_hours
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from flask import Flask

TEN = datetime(2026, 5, 3, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAMES = ["login.failed", "login.succeeded"]


def counts(since: datetime, until: datetime) -> dict[tuple[int, str], int]:
    with unit_of_work(writes=False):
        found = counts_by_hour(NAMES, since, until)
    assert all(name == "login.failed" for _, name, _ in found)
    return {(hour.hour, result): count for (hour, _, result), count in found.items()}


@pytest.mark.database
def test_sealed_and_waiting_events_are_counted_once_each(at_work: Flask) -> None:
    for minutes, number in [(-1, 1), (0, 2), (59, 3), (60, 4), (119, 5), (120, 6)]:
        with time_machine.travel(TEN + timedelta(minutes=minutes), tick=False):
            record(number)
    every = {(9, "failure"): 1, (10, "failure"): 5, (11, "failure"): 9, (12, "failure"): 6}
    while True:
        assert counts(TEN - HOUR, TEN + 3 * HOUR) == every
        # Whole hours, from the one of the first moment on, up to those that begin before the last.
        assert counts(TEN + HOUR / 2, TEN + 2 * HOUR) == {(10, "failure"): 5, (11, "failure"): 9}
        assert counts(TEN, TEN + HOUR / 2) == {(10, "failure"): 5}
        if not seal(4):
            break
    with unit_of_work(writes=False):
        assert counts_by_hour([], TEN, TEN + HOUR) == counts_by_hour(["none"], TEN, TEN + HOUR) == {}
        assert counts_by_hour(NAMES, TEN, TEN) == {}


@pytest.mark.database
def test_summaries_add_up_by_hour_name_and_result(at_work: Flask) -> None:
    kinds = [("login.failed", "failure"), ("login.failed", "failure"), ("login.succeeded", "success")]
    for minutes in (0, 10, 70):
        with unit_of_work():
            fold_into_hours((TEN + timedelta(minutes=minutes), *kind) for kind in kinds)
    with unit_of_work(writes=False):
        found = counts_by_hour(NAMES, TEN, TEN + 2 * HOUR)
    assert found == {
        (TEN, "login.failed", "failure"): 4, (TEN, "login.succeeded", "success"): 2,
        (TEN + HOUR, "login.failed", "failure"): 2, (TEN + HOUR, "login.succeeded", "success"): 1,
    }  # fmt: skip
