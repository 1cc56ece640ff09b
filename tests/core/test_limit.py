"""How a limit is written, and where its windows lie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.limit import Limit


@pytest.mark.parametrize(
    ("text", "limit"),
    [("100/15m", Limit(100, 900)), ("600/m", Limit(600, 60)), (" 1 / 1 s ", None), ("1/d", Limit(1, 86_400))],
)
def test_limit_is_read_as_operators_write_it(text: str, limit: Limit | None) -> None:
    if limit is None:
        with pytest.raises(ValueError, match="write a limit as"):
            Limit.parse(text)
    else:
        assert Limit.parse(text) == limit


@pytest.mark.parametrize(
    "text", ["", "100", "100/", "/m", "0/m", "1/0s", "-1/m", "1/w", "1e3/m", "٣/m", "1/400d", "1/m\n1"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="limit"):
        Limit.parse(text)


@given(st.integers(1, 10**9 - 1), st.integers(1, 86_400))
def test_limit_written_is_read_back(count: int, seconds: int) -> None:
    limit = Limit(count, seconds)
    assert Limit.parse(str(limit)) == limit


@given(st.integers(1, 86_400), st.floats(0, 4e9))
def test_wait_reaches_into_the_next_window_and_not_beyond(seconds: int, moment: float) -> None:
    limit = Limit(1, seconds)
    wait = limit.seconds_left(moment)
    assert 1 <= wait <= seconds
    assert limit.window_at(moment + wait) in {limit.window_at(moment) + 1, limit.window_at(moment) + 2}
