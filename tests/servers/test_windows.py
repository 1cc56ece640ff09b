"""What counts in a test is counted in one window, unless the test moves the clock."""

from __future__ import annotations

import time

import time_machine

from tests.servers.windows import windows_that_last
from webapp.core.limit import Limit

SECOND = Limit(1, 1)


def test_window_lasts_as_long_as_the_test() -> None:
    with time_machine.travel(1_000_000.5, tick=True), windows_that_last():
        began = SECOND.window_at(time.time())
        assert [SECOND.window_at(1_000_000.5 + after) - began for after in (0, 1, 299, 301)] == [
            0,
            1,
            299,
            301,
        ], "a test that moves the clock sees windows end"
    now = time.time()
    with windows_that_last():
        assert len({SECOND.window_at(now + after) for after in (0.1, 1, 60, 299)}) == 1
        assert SECOND.window_at(now + 301) == int(now + 301)
