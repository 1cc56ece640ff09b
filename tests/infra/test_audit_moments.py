"""Events of a time are found by id, though ids are not quite in order of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.infra.audit_world import list_rows, record
from webapp.infra.audit_moments import first_id_since, last_id_before
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from flask import Flask

# After whatever the making of the world left in the trail.
TEN = datetime(2051, 5, 3, 10, tzinfo=UTC)


def record_at(*seconds: int) -> list[int]:
    """The ids of two events at each of these moments, in this order."""
    known = {each.id for each in list_rows()}
    for each in seconds:
        with time_machine.travel(TEN + timedelta(seconds=each), tick=False):
            record(2)
    return [each.id for each in list_rows() if each.id not in known]


def bounds(seconds: int) -> tuple[int | None, int | None]:
    moment = TEN + timedelta(seconds=seconds)
    with unit_of_work(writes=False):
        return first_id_since(moment), last_id_before(moment)


@pytest.mark.database
def test_no_event_of_a_time_lies_beyond_its_ids(at_work: Flask) -> None:
    # As two nodes store them, one of whose clocks is behind: the order of ids is not that of time.
    ids = record_at(0, 3, 1, 4, 2, 5)
    of_one, of_three, of_two = ids[4:6], ids[2:4], ids[8:10]
    assert bounds(1) == (of_three[0], ids[1])
    assert bounds(3) == (of_three[0], of_two[1])
    assert bounds(2) == (of_three[0], of_one[1])
    assert bounds(5) == (ids[10], of_two[1])


@pytest.mark.database
def test_time_without_events_has_no_ids(at_work: Flask) -> None:
    assert bounds(0)[0] is None
    record_at(0)
    assert bounds(1)[0] is None
    with unit_of_work(writes=False):
        assert last_id_before(datetime(2001, 1, 1, tzinfo=UTC)) is None
