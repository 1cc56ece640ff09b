"""Where passwords are hashed: a few low-priority threads with few waiting places, so that a crowd slows nobody else."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from webapp.accounts.password_errors import PasswordWorkBusy

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")
RETRY_AFTER: Final = 2
NICENESS: Final = 5
_QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")
_PROCESSORS: Final = os.sched_getaffinity(0) if sys.platform == "linux" else set[int]()


@dataclass(frozen=True, slots=True, eq=False)
class _Caller:
    known_device: bool
    whose: str


class PasswordPool:
    """Runs password work in `threads` threads of low priority, in order; `waiting_places` more callers may wait.

    At least half of the places are kept for known devices: however many strangers come, the owner of an account
    gets in. One name has at most half of all places, so that no single account can keep the others out. A caller for
    whom there is no place is refused at once, with nothing done.
    """

    def __init__(self, threads: int, waiting_places: int) -> None:
        self._threads = threads
        self._places = waiting_places
        self._places_for_strangers = waiting_places // 2
        self._lock = threading.Lock()
        self._places_for_one_name = max(2, (threads + waiting_places) // 2)
        self._callers: list[_Caller] = []
        self._executor = ThreadPoolExecutor(threads, "password", initializer=_step_back)

    def run(self, work: Callable[[], Answer], *, known_device: bool, whose: str = "") -> Answer:
        """What `work` returns or raises. Raises PasswordWorkBusy when there is no place to wait."""
        # Entered in the list in the order of submission, so its first `threads` entries are those being served.
        with self._lock:
            self.require_place(known_device=known_device, whose=whose)
            caller = _Caller(known_device, whose)
            future = self._executor.submit(self._serve, work, caller)
            self._callers.append(caller)
        return future.result()

    def require_place(self, *, known_device: bool, whose: str = "") -> None:
        """Raise PasswordWorkBusy when `run` would refuse this caller just now. Reserves nothing."""
        callers = list(self._callers)
        same = [
            each for each in callers if whose and (each.whose, each.known_device) == (whose, known_device)
        ]
        if len(same) >= self._places_for_one_name:
            raise PasswordWorkBusy(retry_after=RETRY_AFTER)
        if len(callers) < self._threads:
            return
        waiting = callers[self._threads :]
        strangers = sum(not each.known_device for each in waiting)
        if len(waiting) >= self._places or (not known_device and strangers >= self._places_for_strangers):
            raise PasswordWorkBusy(retry_after=RETRY_AFTER)

    @property
    def load(self) -> tuple[int, int]:
        """How many are served now, and how many wait."""
        inside = len(self._callers)
        return min(inside, self._threads), max(0, inside - self._threads)

    def _serve(self, work: Callable[[], Answer], caller: _Caller) -> Answer:
        try:
            return work()
        finally:
            with self._lock:
                self._callers.remove(caller)


def usable_processors() -> int:
    """Processors this process may keep busy: its CPU affinity, less where a container's quota allows less."""
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    try:
        quota, period = _QUOTA.read_text(encoding="ascii").split()
        return max(1, min(allowed, int(quota) // int(period)))
    except (OSError, ValueError):
        return allowed


def _step_back() -> None:
    # Signing in may wait a moment; checking the tokens of everybody else may not. On Linux niceness is per thread.
    if sys.platform == "linux":
        # The worker that asks keeps to one (ops/one_processor).
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, _PROCESSORS)
        here = threading.get_native_id()
        wanted = os.getpriority(os.PRIO_PROCESS, here) + NICENESS
        os.setpriority(os.PRIO_PROCESS, here, min(wanted, 19))
