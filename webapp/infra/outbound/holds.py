"""What an exchange waits for just now, and how long it may: the one place by which another thread ends the wait."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from webapp.core import clock
from webapp.infra.outbound.errors import ExchangeCut, UpstreamSlow

if TYPE_CHECKING:
    from webapp.infra.outbound.names import Lookup


class Hold:
    """One exchange's. A socket in it may be shut under its reader; closing it is its owner's alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: socket.socket | Lookup | None = None
        self._is_cut = False
        self._deadline = 0.0

    @property
    def is_cut(self) -> bool:
        return self._is_cut

    def allow(self, seconds: float) -> None:
        """From now on no wait goes beyond so long from now."""
        self._deadline = clock.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, more than none. Raises ExchangeCut, and UpstreamSlow once the time is over."""
        self.require_uncut()
        seconds = self._deadline - clock.monotonic()
        if seconds <= 0:
            raise UpstreamSlow
        return seconds

    def require_uncut(self) -> None:
        """Raises ExchangeCut."""
        if self._is_cut:
            raise ExchangeCut

    def take(self, held: socket.socket | Lookup) -> None:
        """Wait on this from now on. Raises ExchangeCut when the end was said before."""
        with self._lock:
            self.require_uncut()
            self._held = held

    def let_go(self) -> bool:
        """Out of reach from now on; whether nobody has cut it."""
        with self._lock:
            self._held = None
            return not self._is_cut

    def cut(self) -> None:
        """End whatever is waited for, from any thread."""
        with self._lock:
            self._is_cut = True
            if isinstance(self._held, socket.socket):
                # Not the method of an SSL socket, which would take its state from under the reader.
                with suppress(OSError):
                    socket.socket.shutdown(self._held, socket.SHUT_RDWR)
            elif self._held is not None:
                self._held.give_up()
