"""How fast all answers of one process are passed on together: the interpreter must be free for everything else.

Each piece takes the interpreter's lock for its way through. Without a bound, a few large files at full speed would keep
sign-ins, whose hashing runs at low priority, waiting for seconds (bench/connections.py).
"""

from __future__ import annotations

import threading
import time
from typing import Final

from webapp.core import clock

BYTES_PER_SECOND: Final = 33_554_432
# What a smaller piece counts for: each costs a moment of the interpreter, and a service could send a byte at a time.
_LEAST_BYTES: Final = 4096
# So much may come at once: an answer of the usual size is never held up.
_AHEAD_SECONDS: Final = 0.25


class Pace:
    """Shared by the calls of a process; each piece waits for those before it."""

    def __init__(self, bytes_per_second: int = BYTES_PER_SECOND) -> None:
        self._seconds_per_byte = 1 / bytes_per_second
        self._lock = threading.Lock()
        # When all that was let through so far would have arrived at the pace.
        self._level = clock.monotonic()

    def keep(self, size: int) -> None:
        """Wait until a piece of so many bytes may go on."""
        size = max(size, _LEAST_BYTES)
        with self._lock:
            present = clock.monotonic()
            self._level = max(self._level, present) + size * self._seconds_per_byte
            early = self._level - present - _AHEAD_SECONDS
        if early > 0:
            time.sleep(early)
