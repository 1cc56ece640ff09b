"""Calls are forgotten after 30 days, the sums of their hours after 400; what is younger stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import func, select

from tests.connections.use_world import connect, use
from tests.make import make_account
from webapp.connections.models import ConnectionCall, ConnectionHour
from webapp.connections.purge import CALLS_KEPT, HOURS_KEPT, forget_calls, forget_hours
from webapp.infra.database import db, unit_of_work

if TYPE_CHECKING:
    from flask import Flask

START = datetime(2030, 5, 1, 12, 30, tzinfo=UTC)


@pytest.mark.database
def test_only_what_is_kept_no_longer_is_forgotten(at_work: Flask) -> None:
    connection, person = connect(at_work), make_account(at_work)
    with time_machine.travel(START, tick=False) as clock:
        use(at_work, connection, person, times=3)
        clock.shift(CALLS_KEPT)
        assert _forgotten() == (0, 0)
        clock.shift(timedelta(hours=1))
        use(at_work, connection, person)
        assert _forgotten() == (3, 0)
        clock.shift(HOURS_KEPT - CALLS_KEPT)
        assert _forgotten() == (1, 1)
    with unit_of_work(writes=False):
        left = [
            db.session.scalar(select(func.count()).select_from(each))
            for each in (ConnectionCall, ConnectionHour)
        ]
    assert left == [0, 1]


def _forgotten() -> tuple[int, int]:
    """By batches of two, until nothing is found."""
    found = []
    for forget in (forget_calls, forget_hours):
        total = 0
        while True:
            with unit_of_work(writes=False):
                done = forget(2)
            total += done
            if not done:
                break
        found.append(total)
    return found[0], found[1]
