"""What is usual by this time of day, and which hours stand out: plain functions of hourly counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from webapp.admin.dashboard import bursts, usual_by_now

NOON = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def days(*counts: int, at: datetime = NOON - HOUR) -> dict[datetime, int]:
    """So many events in that hour of the day before, of the day before that, …"""
    return {at - back * DAY: count for back, count in enumerate(counts, 1)}


def usual(hours: dict[datetime, int], moment: datetime = NOON) -> int | None:
    return usual_by_now(hours, moment, {each.date() for each in hours})


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((), None),
        ((5, 6), None),
        ((5, 90, 7), 7),
        ((5, 7, 8, 90), 8),
        ((0, 0, 40), 0),
        ((1,) * 13 + (500,), 1),
    ],
)
def test_usual_is_the_median_of_the_days_known_if_they_are_enough(
    counts: tuple[int, ...], expected: int | None
) -> None:
    assert usual(days(*counts)) == expected


def test_later_hours_do_not_count_and_of_the_present_one_its_share() -> None:
    hours = days(10, 10, 10) | days(8, 8, 8, at=NOON) | days(99, 99, 99, at=NOON + HOUR)
    assert usual(hours) == 10
    assert usual(hours, NOON + timedelta(minutes=15)) == 12
    assert usual(hours, NOON + timedelta(minutes=59, seconds=59)) == 18
    assert usual(hours, NOON.replace(hour=0)) == 0


def test_a_known_day_without_such_events_counts_as_none() -> None:
    hours = days(6)
    known = {each.date() for each in days(1, 1, 1)}
    assert usual_by_now(hours, NOON, known) == 0


def test_today_is_not_part_of_the_usual() -> None:
    assert usual_by_now(days(4, 4, 4) | {NOON - HOUR: 1_000}, NOON, {e.date() for e in days(4, 4, 4)}) == 4


@pytest.mark.parametrize(
    ("last", "before", "is_one"),
    [
        (19, (), False),
        (20, (), True),
        (20, (0, 0, 6), True),
        (300, (100,) * 9, False),
        (400, (100,) * 9, True),
    ],
)
def test_a_burst_is_many_failures_and_many_times_what_this_hour_has(
    last: int, before: tuple[int, ...], is_one: bool
) -> None:
    hour = NOON - HOUR
    hours = days(*before) | {hour: last}
    known = {each.date() for each in days(*before)}
    assert bursts(hours, NOON, known) == ([(hour, last)] if is_one else [])


def test_a_burst_of_the_day_before_is_over() -> None:
    assert bursts({NOON - 25 * HOUR: 500, NOON - 23 * HOUR: 400}, NOON, set()) == [(NOON - 23 * HOUR, 400)]
