"""How fast answers are passed on: usual ones at once, and all of a process together no faster than its pace."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from webapp.connections.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was waited for; the clock stands still meanwhile."""
    found: list[float] = []
    monkeypatch.setattr("webapp.connections.pace.clock.monotonic", lambda: 100.0)
    note: Callable[[float], None] = found.append
    monkeypatch.setattr("webapp.connections.pace.time.sleep", note)
    return found


def test_answer_of_a_usual_size_waits_for_nothing(waits: list[float]) -> None:
    pace = Pace(1_000_000)
    for _ in range(4):
        pace.keep(60_000)
    assert waits == []


def test_tiny_pieces_wait_as_if_they_were_larger(waits: list[float]) -> None:
    pace = Pace(4096 * 8)
    for _ in range(4):
        pace.keep(1)
    assert waits == pytest.approx([0.125, 0.25])


def test_calls_share_one_pace(waits: list[float]) -> None:
    pace = Pace(1_000_000)
    threads = [threading.Thread(target=pace.keep, args=(500_000,)) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(waits) == pytest.approx([0.25, 0.75, 1.25, 1.75])
