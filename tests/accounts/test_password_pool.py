"""Password work is bounded exactly, steps back behind everything else, and survives a fork."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from webapp.accounts.password_errors import PasswordWorkBusy
from webapp.accounts.password_hashing import PasswordHasher
from webapp.accounts.password_pool import NICENESS, PasswordPool, usable_processors


class Rush:
    """Callers of a pool whose work all waits for one gate."""

    def __init__(self, pool: PasswordPool) -> None:
        self.pool = pool
        self.gate = threading.Event()
        self.callers = ThreadPoolExecutor(16)
        self.served: list[Future[str]] = []

    def come(self, *, known_device: bool = False) -> bool:
        """One more caller: whether it got a place. Known at once, as refusals do not wait."""
        before = len(self.pool._callers)
        caller = self.callers.submit(self.pool.run, self._work, known_device=known_device)
        while not caller.done():
            if len(self.pool._callers) > before:
                self.served.append(caller)
                return True
        assert isinstance(caller.exception(), PasswordWorkBusy)
        return False

    def _work(self) -> str:
        assert self.gate.wait(10)
        return threading.current_thread().name

    def leave(self) -> list[str]:
        self.gate.set()
        return [caller.result(10) for caller in self.served]


@pytest.fixture
def rush() -> Iterator[Rush]:
    rush = Rush(PasswordPool(threads=2, waiting_places=4))
    yield rush
    rush.gate.set()
    rush.callers.shutdown()
    rush.pool._executor.shutdown()


def test_strangers_get_every_thread_and_half_of_the_waiting_places(rush: Rush) -> None:
    assert [rush.come() for _ in range(6)] == [True, True, True, True, False, False]
    assert len(rush.leave()) == 4


def test_places_kept_for_known_devices_are_still_free_in_a_flood_of_strangers(rush: Rush) -> None:
    for _ in range(6):
        rush.come()
    assert [rush.come(known_device=True) for _ in range(3)] == [True, True, False]


def test_known_devices_may_take_every_waiting_place(rush: Rush) -> None:
    assert [rush.come(known_device=True) for _ in range(7)] == [True] * 6 + [False]
    assert not rush.come()


def test_known_devices_at_work_take_no_place_from_those_kept(rush: Rush) -> None:
    assert [rush.come(known_device=True) for _ in range(2)] == [True, True]
    assert [rush.come() for _ in range(3)] == [True, True, False]
    assert [rush.come(known_device=True) for _ in range(3)] == [True, True, False]


def test_known_devices_that_wait_take_no_place_from_strangers(rush: Rush) -> None:
    assert [rush.come(known_device=True) for _ in range(4)] == [True] * 4
    assert [rush.come() for _ in range(3)] == [True, True, False]


def test_refusal_is_a_503_that_says_when_to_come_again(rush: Rush) -> None:
    for _ in range(4):
        rush.come()
    with pytest.raises(PasswordWorkBusy) as refusal:
        rush.pool.run(lambda: "never", known_device=False)
    assert (refusal.value.status, refusal.value.code) == (503, "busy")
    assert refusal.value.retry_after


def test_places_are_free_again_when_the_rush_is_over(rush: Rush) -> None:
    for _ in range(4):
        rush.come()
    assert len(set(rush.leave())) == 2
    assert rush.pool.run(lambda: "served", known_device=False) == "served"
    assert rush.pool._callers == []


def test_work_that_fails_tells_its_caller_and_frees_its_place(rush: Rush) -> None:
    with pytest.raises(ZeroDivisionError):
        rush.pool.run(lambda: 1 // 0, known_device=True)
    assert rush.pool._callers == []


def test_pool_without_waiting_places_serves_its_threads_and_refuses_the_rest() -> None:
    rush = Rush(PasswordPool(threads=1, waiting_places=0))
    assert [rush.come(), rush.come(), rush.come(known_device=True)] == [True, False, False]
    rush.leave()
    rush.callers.shutdown()


def test_password_threads_step_back_and_callers_do_not(rush: Rush) -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    mine = niceness()
    assert rush.pool.run(niceness, known_device=False) == (
        min(mine + NICENESS, 19) if sys.platform == "linux" else mine
    )
    assert niceness() == mine


def test_hasher_uses_the_pool_for_every_hash_and_check() -> None:
    hasher = PasswordHasher(4, b"pepper", threads=1, waiting_places=0)
    stored = hasher.hash("three blind mice")
    rush = Rush(hasher._pool)
    rush.come()
    for work in (
        lambda: hasher.require_place(known_device=True),
        lambda: hasher.hash("x"),
        lambda: hasher.verify("x", stored),
        lambda: hasher.verify("x", None),
    ):
        with pytest.raises(PasswordWorkBusy):
            work()
    rush.leave()
    hasher.require_place(known_device=False)
    rush.callers.shutdown()


def test_process_that_was_forked_uses_no_lock_and_no_thread_of_its_parent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hasher = PasswordHasher(4, b"pepper", threads=1, waiting_places=0)
    stored, before = hasher.hash("three blind mice"), hasher._pool
    with before._lock:
        monkeypatch.setattr(os, "getpid", lambda: -1)
        assert hasher.verify("three blind mice", stored).matches
        assert hasher._pool is not before


@pytest.mark.parametrize(
    ("quota", "processors"), [("150000 100000", 1), ("50000 100000", 1), ("max 100000", None)]
)
def test_quota_of_a_container_bounds_the_threads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, quota: str, processors: int | None
) -> None:
    file = tmp_path / "cpu.max"
    file.write_text(quota)
    monkeypatch.setattr("webapp.accounts.password_pool._QUOTA", file)
    assert usable_processors() == (processors or len(os.sched_getaffinity(0)))
