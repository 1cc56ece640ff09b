"""The health of what signs and of what is sealed: a key's age and its change to come, how far the seal is behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from webapp.admin.health_strip import of_keys, of_seal
from webapp.core import clock
from webapp.keys.facts import KeyFacts

NOW = clock.now()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
KEY = KeyFacts("k", "ES256", "current", NOW - 84 * DAY, NOW - 84 * DAY, None, None, "present")
NEXT = replace(KEY, state="next", signs_from=NOW + 5 * MINUTE)


@pytest.mark.parametrize(
    ("keys", "state", "words"),
    [
        ([KEY], "good", "In use for 84 days, and no change is scheduled."),
        ([replace(KEY, signs_until=NOW + 6 * DAY)], "good", "another takes over in 6 days."),
        ([NEXT, KEY], "good", "another takes over in 5 minutes."),
        ([replace(KEY, signs_until=NOW - 3 * HOUR)], "attention", "its change is overdue by 3 hours."),
        ([replace(KEY, signs_from=NOW - 400 * DAY)], "attention", "In use for 400 days"),
        ([replace(KEY, seal="former")], "attention", "sealed under a former ENCRYPTION_KEY."),
        ([replace(KEY, seal="unreadable")], "wrong", "does not open"),
        ([], "wrong", "no key that signs"),
        ([replace(KEY, state="retiring")], "wrong", "no key that signs"),
    ],
)
def test_signing_key_has_an_age_and_a_change_to_come(keys: list[KeyFacts], state: str, words: str) -> None:
    health = of_keys(keys, NOW)
    assert (health.state, words in health.sentence) == (state, True), health.sentence


@pytest.mark.parametrize(
    ("behind", "state", "words"),
    [
        (None, "good", "Sealed to its last event."),
        (4 * MINUTE, "good", "Sealed up to 4 minutes ago."),
        (HOUR, "attention", "up to 60 minutes ago are not sealed"),
        (3 * DAY, "wrong", "up to 3 days ago are not sealed"),
    ],
)
def test_audit_trail_is_sealed_or_behind(behind: timedelta | None, state: str, words: str) -> None:
    health = of_seal(None if behind is None else NOW - behind, NOW)
    assert (health.state, words in health.sentence) == (state, True), health.sentence
