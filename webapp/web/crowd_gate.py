"""Keeps a crowd at costly views from slowing everybody: few go in at once, and a refusal takes its time.

Fifty clients that try again as soon as they are refused keep Python busy with refusing them, and everybody else waits
for it. A pause in front of the refusal costs nothing here and takes the haste out of them (docs/performance.md, P6).
"""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING, Final

from webapp.web.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from wsgiref.types import WSGIEnvironment

# Of different length, or all of them would be back at the same moment.
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.5, 1.5
# Threads are not endless either: beyond this many, refusals go out at once.
_PAUSING_AT_MOST: Final = 128
_RETRY_AFTER: Final = "2"


class CrowdGate:
    """Bounds how many POSTs to `paths` are worked on at once. Their bodies have arrived, so that none can block it."""

    def __init__(self, paths: AbstractSet[str], at_once: int) -> None:
        self._paths = paths
        self._places = threading.BoundedSemaphore(at_once)
        self._pauses = threading.BoundedSemaphore(_PAUSING_AT_MOST)

    def enter(self, environ: WSGIEnvironment) -> bool:
        """Whether a place was taken, which has to be left. Raises Refusal 503 when none came free in time."""
        if environ["REQUEST_METHOD"] != "POST" or environ["PATH_INFO"] not in self._paths:
            return False
        if not self._places.acquire(blocking=False) and not self._wait():
            message = "Many people are signing in just now. Try again in a moment."
            raise Refusal("busy", 503, message, {"Retry-After": _RETRY_AFTER})
        return True

    def leave(self, status: str) -> None:
        """Give the place back; an answer that says busy is then held for a while."""
        self._places.release()
        if status.startswith("503") and self._pauses.acquire(blocking=False):
            time.sleep(_SHORTEST_PAUSE + random.random() * (_LONGEST_PAUSE - _SHORTEST_PAUSE))  # noqa: S311 - no secret
            self._pauses.release()

    def _wait(self) -> bool:
        if not self._pauses.acquire(blocking=False):
            return False
        try:
            return self._places.acquire(timeout=_SHORTEST_PAUSE)
        finally:
            self._pauses.release()
