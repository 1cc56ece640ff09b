"""Moments and waits in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
import time_machine

from webapp.web.texts import iso_time, relative_time
from webapp.web.waits import in_words

NOW = datetime(2026, 11, 21, 21, 30, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (0 * SECOND, "just now"),
        (49 * SECOND, "just now"),
        (50 * SECOND, "1 minute ago"),
        (59 * SECOND, "1 minute ago"),
        (60 * SECOND, "1 minute ago"),
        (119 * SECOND, "1 minute ago"),
        (2 * MINUTE, "2 minutes ago"),
        (59 * MINUTE + 59 * SECOND, "59 minutes ago"),
        (HOUR, "1 hour ago"),
        (19 * HOUR + 59 * MINUTE, "19 hours ago"),
        (20 * HOUR + 30 * MINUTE, "today 01:00"),
        (22 * HOUR, "yesterday 23:30"),
        (DAY, "yesterday 21:30"),
        (DAY + 22 * HOUR, "2 days ago"),
        (6 * DAY, "6 days ago"),
        (7 * DAY, "14 Nov 2026"),
        (400 * DAY, "17 Oct 2025"),
        (-SECOND, "in 1 minute"),
        (-5 * MINUTE, "in 5 minutes"),
        (-HOUR, "in 1 hour"),
        (-47 * HOUR, "in 47 hours"),
        (-3 * DAY, "in 3 days"),
    ],
)
def test_moment_is_said_as_a_person_would(ago: timedelta, words: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert relative_time(NOW - ago) == words


def test_no_moment_of_the_last_days_reads_oddly() -> None:
    with time_machine.travel(NOW, tick=False):
        for minutes in range(0, 60 * 24 * 10, 7):
            words = relative_time(NOW - timedelta(minutes=minutes))
            assert not words.startswith(("0 ", "1 minutes", "1 hours", "1 days"))


def test_time_for_machines_is_utc_to_the_second() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=timezone(timedelta(hours=2)))
    assert iso_time(moment) == "2026-01-02T01:04:05Z"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 second"),
        (1, "1 second"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (121, "3 minutes"),
        (7_199, "120 minutes"),
        (7_200, "2 hours"),
        (7_201, "3 hours"),
    ],
)
def test_wait_is_never_too_short(seconds: int, words: str) -> None:
    assert in_words(seconds) == f"Try again in {words}."
