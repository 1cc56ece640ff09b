"""Counts of one process are exact however its threads are switched."""

from __future__ import annotations

import time

from tests.infra.throttle_world import burst
from webapp.infra.limit_store import LocalCounters


class Interrupting(str):
    """A name at which the interpreter lets another thread in, each time it is looked up."""

    __slots__ = ()

    def __hash__(self) -> int:
        time.sleep(0)
        return super().__hash__()

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other)


def test_interrupted_threads_lose_no_count_and_get_distinct_answers() -> None:
    counters = LocalCounters()
    answers: list[int] = []

    def add_many() -> None:
        answers.extend([counters.add(Interrupting("signin"), 900) for _ in range(100)])

    burst(8, add_many)
    assert sorted(answers) == list(range(1, 801))


def test_interrupted_threads_give_back_all_they_counted() -> None:
    counters = LocalCounters()

    def add_and_return() -> None:
        for _ in range(100):
            counters.add(Interrupting("signin"), 900)
            counters.take_back(Interrupting("signin"))

    burst(8, add_and_return)
    assert counters.get("signin") == 0


def test_counters_of_past_windows_are_let_go() -> None:
    moment = 0.0
    counters = LocalCounters(lambda: moment)
    for number in range(100):
        counters.add(f"account {number}", 60)
    moment = 61.0
    counters.add("signin", 60)
    assert list(counters._held) == ["signin"]
