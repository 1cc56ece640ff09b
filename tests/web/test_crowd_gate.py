"""A crowd at a costly view is let in a few at a time, and never keeps others out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from webapp.web import crowd_gate
from webapp.web.crowd_gate import CrowdGate
from webapp.web.refusals import Refusal

COSTLY = {"REQUEST_METHOD": "POST", "PATH_INFO": "/login"}


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> CrowdGate:
    monkeypatch.setattr(crowd_gate, "_SHORTEST_PAUSE", 0.05)
    monkeypatch.setattr(crowd_gate, "_LONGEST_PAUSE", 0.06)
    return CrowdGate(frozenset({"/login"}), at_once=2)


def test_one_more_than_fits_is_told_to_come_back(gate: CrowdGate) -> None:
    assert [gate.enter(COSTLY), gate.enter(COSTLY)] == [True, True]
    with pytest.raises(Refusal) as refused:
        gate.enter(COSTLY)
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (503, "2")


def test_place_that_comes_free_in_time_is_taken(gate: CrowdGate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd_gate, "_SHORTEST_PAUSE", 20)
    gate.enter(COSTLY)
    gate.enter(COSTLY)
    is_asking = Event()

    def ask() -> bool:
        is_asking.set()
        return gate.enter(COSTLY)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask)
        assert is_asking.wait(timeout=10)
        gate.leave("200 OK")
        assert waiting.result(timeout=10) is True


@pytest.mark.parametrize(
    "other",
    [{"REQUEST_METHOD": "GET", "PATH_INFO": "/login"}, {"REQUEST_METHOD": "POST", "PATH_INFO": "/register"}],
)
def test_everything_else_passes_a_full_gate(gate: CrowdGate, other: dict[str, str]) -> None:
    gate.enter(COSTLY)
    gate.enter(COSTLY)
    assert gate.enter(other) is False


def test_busy_answer_gives_its_place_back_before_it_pauses(gate: CrowdGate) -> None:
    for _ in range(6):
        assert gate.enter(COSTLY) is True
        gate.leave("503 Service Unavailable")
    assert [gate.enter(COSTLY), gate.enter(COSTLY)] == [True, True]
