"""Windows of limits that do not end amid a test: a test that takes a second would meet the end of one now and then.

A test that moves the clock has its windows where they lie, and so have the servers in processes of their own: what
counts there has windows of a day.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import time_machine

from webapp.core.limit import Limit

if TYPE_CHECKING:
    from collections.abc import Iterator

# No test takes longer, and a moment that is further away was named by the test.
_LONGEST_TEST_SECONDS: Final = 300


@contextmanager
def windows_that_last() -> Iterator[None]:
    """Until this ends, each moment of the present lies in the window in which this began."""
    began, find = time.time(), Limit.window_at

    def window_at(limit: Limit, moment: float) -> int:
        is_present = 0 <= moment - began < _LONGEST_TEST_SECONDS
        if is_present and not time_machine.escape_hatch.is_travelling():
            moment = began
        return find(limit, moment)

    Limit.window_at = window_at  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        Limit.window_at = find  # type: ignore[method-assign]
