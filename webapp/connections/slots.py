"""How many calls one process has under way: each holds a thread for as long as its answer lasts."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Final

from webapp.connections.errors import CallsAtOnce, ConnectionsBusy

_BUSY_SECONDS: Final = 2
_OWN_SECONDS: Final = 1


class Slot:
    """One call's place. It can be given back from any thread, and counts once however often that is."""

    def __init__(self, slots: CallSlots, whose: tuple[str, str]) -> None:
        self._slots = slots
        self._whose = whose
        self._is_left = False

    def leave(self) -> None:
        """Make room for another call."""
        with self._slots.lock:
            if not self._is_left:
                self._is_left = True
                self._slots.release(self._whose)


class CallSlots:
    """`at_once` for everybody together; nobody waits for a place. One person has fewer at each connection."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._taken: Counter[tuple[str, str]] = Counter()
        self._total = 0
        self.lock = threading.Lock()

    @property
    def total(self) -> int:
        """How many are taken now."""
        return self._total

    def take(self, connection_id: str, account_id: str, most: int) -> Slot:
        """A place for one call. Raises CallsAtOnce for a person who has `most` of them, ConnectionsBusy."""
        whose = connection_id, account_id
        with self.lock:
            if self._taken[whose] >= most:
                raise CallsAtOnce(retry_after=_OWN_SECONDS)
            if self._total >= self._at_once:
                raise ConnectionsBusy(retry_after=_BUSY_SECONDS)
            self._taken[whose] += 1
            self._total += 1
        return Slot(self, whose)

    def release(self, whose: tuple[str, str]) -> None:
        """For a slot alone, which holds the lock."""
        self._total -= 1
        self._taken[whose] -= 1
        if self._taken[whose] <= 0:
            del self._taken[whose]
