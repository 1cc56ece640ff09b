"""What a lock consists of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from webapp.accounts.locks import LONGEST_LOCK, check_terms
from webapp.core.errors import InvalidInput

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


def test_reason_is_kept_with_single_spaces() -> None:
    with time_machine.travel(START, tick=False):
        assert check_terms("  moved \n away ", START + LONGEST_LOCK) == "moved away"


@pytest.mark.parametrize(
    ("reason", "lasts", "fields"),
    [
        (" ", timedelta(days=1), {"reason"}),
        ("x" * 201, None, {"reason"}),
        ("left", timedelta(0), {"until"}),
        ("left", LONGEST_LOCK + timedelta(seconds=1), {"until"}),
        ("", timedelta(days=-1), {"reason", "until"}),
    ],
)
def test_everything_that_will_not_do_is_named_at_once(
    reason: str, lasts: timedelta | None, fields: set[str]
) -> None:
    with time_machine.travel(START, tick=False), pytest.raises(InvalidInput) as problem:
        check_terms(reason, None if lasts is None else START + lasts)
    assert set(problem.value.fields or {}) == fields
