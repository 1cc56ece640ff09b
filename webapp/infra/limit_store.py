"""Counters that live as long as their window: in Redis, which all nodes share, else in this process."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from webapp.core import clock

if TYPE_CHECKING:
    from webapp.infra.shared_counters import SharedCounters

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")

_SWEEP_EVERY = 60.0


class Counted(NamedTuple):
    """`value` after this count; `shared` tells which counters hold it, for the way back."""

    value: int
    shared: bool


class LocalCounters:
    """Exact between the threads of one process; the library's own memory storage is not (decision 3).

    A name is that of one window, and not used after it: what is over is only swept away from time to time. Nothing of
    this raises.
    """

    def __init__(self, monotonic: Callable[[], float] = clock.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._held: dict[str, tuple[int, float]] = {}
        self._sweep_at = 0.0

    def add(self, name: str, seconds: int) -> int:
        """Count one more under `name`, whose window is over `seconds` after its first count; how many that are now."""
        now = self._monotonic()
        with self._lock:
            if now >= self._sweep_at:
                self._held = {key: entry for key, entry in self._held.items() if entry[1] > now}
                self._sweep_at = now + _SWEEP_EVERY
            value, dies_at = self._held.get(name, (0, now + seconds))
            self._held[name] = (value + 1, dies_at)
            return value + 1

    def take_back(self, name: str) -> None:
        """Count one less: never below zero, nothing for a name that nothing is counted under."""
        with self._lock:
            value, dies_at = self._held.get(name, (0, 0.0))
            if value <= 1:
                self._held.pop(name, None)
            else:
                self._held[name] = (value - 1, dies_at)

    def get(self, name: str) -> int:
        """How many are counted under `name`; 0 when none are."""
        with self._lock:
            return self._held.get(name, (0, 0.0))[0]


class LimitStore:
    """Asks the shared counters; when they do not answer, counts here at the share of one node until they do.

    A shared store that fails is left alone for `pause` seconds, then asked by one caller: an outage costs one
    timeout in each pause, not one in each call. Without a URL everything is counted in this process. No operation
    raises on account of the store.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        node_share: float = 1.0,
        timeout: float = 0.5,
        pause: float = 5.0,
        monotonic: Callable[[], float] = clock.monotonic,
    ) -> None:
        if not 0 < node_share <= 1:
            raise ValueError("node_share is one process's part of each limit: above 0, at most 1")
        self._shared: SharedCounters | None = None
        self._failures: tuple[type[Exception], ...] = ()
        if url:
            # Whoever counts in one process does not load the library of the store.
            from webapp.infra.shared_counters import FAILURES, SharedCounters

            self._shared, self._failures = SharedCounters(url, timeout), FAILURES
        self._local = LocalCounters(monotonic)
        self._node_share = node_share
        self._pause = pause
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._away = False
        self._ask_again_at = 0.0

    def add(self, name: str, seconds: int) -> Counted:
        """Count one more under `name`, which is forgotten `seconds` after its first count."""
        value = self._ask(lambda shared: shared.add(name, seconds))
        if value is not None:
            return Counted(value, shared=True)
        return Counted(self._as_if_everywhere(self._local.add(name, seconds)), shared=False)

    def take_back(self, name: str, *, shared: bool) -> None:
        """Count one less where it was counted: never below zero, nothing if that place is away or empty."""
        if shared:
            self._ask(lambda counters: counters.take_back(name))
        else:
            self._local.take_back(name)

    def get(self, name: str) -> int:
        """What `add` last answered for `name`, less what was taken back since."""
        value = self._ask(lambda shared: shared.get(name))
        return self._as_if_everywhere(self._local.get(name)) if value is None else max(0, value)

    def claim(self, name: str, seconds: int) -> bool | None:
        """Hold `name` for so many seconds; False when it is held already, None when no shared store says so."""
        return self._ask(lambda shared: shared.claim(name, seconds))

    @property
    def is_shared(self) -> bool:
        """Whether there is a shared store, and it answered when it was last asked."""
        return self._shared is not None and not self._away

    @property
    def is_away(self) -> bool:
        """Whether there is a shared store that did not answer when it was last asked."""
        return self._shared is not None and self._away

    def healthy(self) -> bool:
        """Whether limits are counted where they are meant to be. Never waits longer than one timeout."""
        return self._shared is None or bool(self._ask(lambda shared: shared.ping()))

    def close(self) -> None:
        """Let go of the connections; the next count opens one again."""
        if self._shared is not None:
            self._shared.close()

    def _as_if_everywhere(self, value: int) -> int:
        # Scaled up so that a limit is reached at this node's share of it; the first attempt is never refused.
        return value if value < 1 else 1 + math.ceil((value - 1) / self._node_share - 1e-9)

    def _ask(self, question: Callable[[SharedCounters], Answer]) -> Answer | None:
        """The shared store's answer; None when there is none, it is being left alone, or it fails."""
        was_away = self._away
        if self._shared is None or (was_away and not self._our_turn()):
            return None
        try:
            answer = question(self._shared)
        except self._failures as error:
            self._lost(error)
            return None
        if was_away:
            self._found()
        return answer

    def _our_turn(self) -> bool:
        with self._lock:
            now = self._monotonic()
            if now < self._ask_again_at:
                return False
            self._ask_again_at = now + self._pause
            return True

    def _lost(self, error: Exception) -> None:
        with self._lock:
            known, self._away = self._away, True
            self._ask_again_at = self._monotonic() + self._pause
        if not known:
            # The kind of error only: its text may carry what REDIS_URL holds.
            logger.warning(
                "The limit store does not answer (%s); limiting in this process until it does.",
                type(error).__name__,
            )

    def _found(self) -> None:
        with self._lock:
            known, self._away = self._away, False
        if known:
            logger.warning("The limit store answers again; limits are shared once more.")
