"""Connections that wait, for a moment, to be used again: dialling costs a lookup and a handshake."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from webapp.infra.outbound.errors import UpstreamSlow
from webapp.infra.outbound.lines import IDLE_SECONDS

if TYPE_CHECKING:
    import httpcore

    from webapp.infra.outbound.lines import Line

MOST_LINES: Final = 128


class Pool:
    """Of one process. Idle connections give way to new ones, and are closed after three seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[Line] = []
        self._lent = 0
        self._timer: threading.Timer | None = None

    def lend(self, origin: httpcore.Origin, *, is_fresh: bool = False) -> Line | None:
        """One that is idle, or None and so a place for a new one, as `is_fresh` asks; either is given back once.

        Raises UpstreamSlow when every place is taken.
        """
        with self._lock:
            if self._lent == MOST_LINES:
                raise UpstreamSlow
            self._lent += 1
            # The youngest is the least likely to be closed at the other end.
            fitting = (each for each in reversed(self._idle) if each.can_handle_request(origin))
            found = None if is_fresh else next(fitting, None)
            if found is not None:
                self._idle.remove(found)
            surplus = self._make_room()
        for each in surplus:
            each.close()
        if found is not None and found.has_expired():
            found.close()
            return None
        return found

    def give_back(self, line: Line | None) -> None:
        """None: nothing came of it, or it is closed."""
        with self._lock:
            self._lent -= 1
            if line is None:
                return
            self._idle.append(line)
            self._set_timer()

    def close(self) -> None:
        """Let go of all that is idle."""
        with self._lock:
            idle, self._idle = self._idle, []
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        for each in idle:
            each.close()

    def _make_room(self) -> list[Line]:
        too_many = max(0, self._lent + len(self._idle) - MOST_LINES)
        surplus, self._idle = self._idle[:too_many], self._idle[too_many:]
        return surplus

    def _set_timer(self) -> None:
        """Nobody may come to find that they are too old."""
        if self._timer is None:
            self._timer = threading.Timer(IDLE_SECONDS + 0.1, self._drop_expired)
            self._timer.daemon = True
            self._timer.start()

    def _drop_expired(self) -> None:
        with self._lock:
            expired = [each for each in self._idle if each.has_expired()]
            self._idle = [each for each in self._idle if each not in expired]
            self._timer = None
            if self._idle:
                self._set_timer()
        for each in expired:
            each.close()
