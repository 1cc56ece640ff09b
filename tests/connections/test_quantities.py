"""Sizes and limits are written as people say them."""

from __future__ import annotations

import pytest

from webapp.admin.connection_view import limit_in_words
from webapp.connections.quantities import require_size, size_in_words


@pytest.mark.parametrize("size", [0, 1, 1023, 1024, 1536, 1_048_576, 10_737_418_240, 104_857_600])
def test_size_in_words_reads_back_as_itself(size: int) -> None:
    assert require_size("most_sent", size_in_words(size), 0, 2**40) == size


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("60/m", "60 a minute"),
        ("1000/h", "1,000 an hour"),
        ("9/15m", "9 in 15 minutes"),
        ("5/60s", "5 a minute"),
    ],
)
def test_limit_is_said_in_words(limit: str, words: str) -> None:
    assert limit_in_words(limit) == words
