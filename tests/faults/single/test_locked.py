"""SQLite's file locked by another process: for one second nobody notices, for seven only who writes has to wait."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.faults.load.judge import NO_WRITES, UNNOTICED, Bar
from tests.faults.single.node import LIMITS, PATIENT, begin_trial, database_of
from tests.servers.live import LiveServer


@pytest.mark.parametrize(
    ("seconds", "bar"), [(1.0, UNNOTICED), pytest.param(7.0, NO_WRITES, marks=pytest.mark.soak)]
)
def test_database_locked_by_somebody_else_loses_nothing_and_signs_nobody_out(
    start_server: Callable[..., LiveServer], seconds: float, bar: Bar
) -> None:
    server = start_server(**LIMITS)
    trial = begin_trial(f"SQLite locked for {seconds:.0f} s", server, gives_up=PATIENT)
    with trial, closing(sqlite3.connect(database_of(server), isolation_level=None)) as other, trial.fault():
        other.execute("BEGIN IMMEDIATE")
        trial.crowd.work_for(seconds)
        other.execute("ROLLBACK")
    assert trial.verdict(bar).complaints == ()
