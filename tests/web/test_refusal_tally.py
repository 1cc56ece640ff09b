"""Refusals in the log: the first at once, the rest as a number when the minute is over."""

from __future__ import annotations

import threading

import pytest

from webapp.core import clock
from webapp.web import refusal_tally
from webapp.web.refusal_tally import RefusalTally


class Watch:
    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch()
    monkeypatch.setattr(clock, "monotonic", watch.monotonic)
    return watch


class Lines:
    """What was logged so far."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog

    def read(self) -> list[str]:
        return [record.getMessage() for record in self._caplog.records]


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    caplog.set_level("INFO", "latchkey.refused")
    return Lines(caplog)


def test_first_refusal_is_told_at_once_and_the_rest_counted(watch: Watch, lines: Lines) -> None:
    tally = RefusalTally()
    for _ in range(40):
        tally.count("invalid_token", "192.0.2.1")
    assert lines.read() == ["invalid_token refused for 192.0.2.1"]
    watch.seconds = 61
    tally.count("invalid_token", "192.0.2.1")
    assert lines.read() == [
        "invalid_token refused for 192.0.2.1",
        "40 times invalid_token for 192.0.2.1 in a minute",
        "invalid_token refused for 192.0.2.1",
    ]


def test_single_refusal_is_not_told_twice(watch: Watch, lines: Lines) -> None:
    tally = RefusalTally()
    tally.count("invalid_token", "192.0.2.1")
    watch.seconds = 61
    tally.count("form_expired", "192.0.2.2")
    assert lines.read() == ["invalid_token refused for 192.0.2.1", "form_expired refused for 192.0.2.2"]


def test_each_address_and_each_kind_is_counted_apart(watch: Watch, lines: Lines) -> None:
    tally = RefusalTally()
    for code, address in [("a", "1"), ("a", "2"), ("b", "1"), ("a", "1")]:
        tally.count(code, address)
    assert lines.read() == ["a refused for 1", "a refused for 2", "b refused for 1"]


def test_crowd_of_addresses_needs_bounded_room(
    watch: Watch, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusal_tally, "_MOST_KINDS", 3)
    tally = RefusalTally()
    for number in range(100):
        tally.count("a", str(number))
    assert lines.read() == ["a refused for 0", "a refused for 1", "a refused for 2", "a refused for 3"]
    assert len(tally._counts) == 4


def test_parallel_refusals_are_counted_exactly(watch: Watch, lines: Lines) -> None:
    tally = RefusalTally()

    def count() -> None:
        for _ in range(250):
            tally.count("a", "x")

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    watch.seconds = 61
    tally.count("a", "x")
    assert "2000 times a for x in a minute" in lines.read()
