"""A throttle whose clock the test turns, and bursts of attempts that begin at one moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from webapp.infra.limit_store import LimitStore
from webapp.infra.throttle import Throttle, TooManyAttempts

SECRET = b"the same on every node"
NOON = 1_800_000_000.0


class Hands:
    """A clock that stands still until it is turned."""

    def __init__(self, reading: float = NOON) -> None:
        self.reading = reading

    def __call__(self) -> float:
        return self.reading


# Two hundred threads on a busy machine are slow without an outage; tests of exactness must not meet one.
PATIENT = 20.0


def new_throttle(url: str | None = None, clock: Callable[[], float] | None = None) -> Throttle:
    return Throttle(LimitStore(url, timeout=PATIENT), SECRET, clock or Hands())


def admitted(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except TooManyAttempts:
        return False
    return True


def burst(size: int, attempt: Callable[[], object]) -> int:
    """How many of `size` attempts were admitted when all of them began together."""
    start = threading.Barrier(size)

    def one(_: int) -> bool:
        start.wait(timeout=50)
        return admitted(attempt)

    with ThreadPoolExecutor(size) as pool:
        return sum(pool.map(one, range(size)))
