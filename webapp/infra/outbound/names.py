"""The addresses of a name. The system's resolver cannot be told to hurry, so others wait for it."""

from __future__ import annotations

import socket
import threading
from collections import deque
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from webapp.infra.outbound.errors import ExchangeCut, UpstreamSlow, UpstreamUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[[str, int], list[str]]

# Lookups under way at once: a resolver that hangs must not fill the process with threads.
MOST_AT_ONCE: Final = 8


def ask_the_system(host: str, port: int) -> list[str]:
    """What the machine's resolver says, in its order. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


class Lookup:
    """One question on its way."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self._over = threading.Event()
        self._found: list[str] = []
        self._failure: Exception | None = None

    @property
    def is_over(self) -> bool:
        return self._over.is_set()

    def answer(self, ask: Ask) -> None:
        """Ask, and wake whoever waits."""
        try:
            self._found = list(dict.fromkeys(ask(self.host, self.port)))
        except Exception as failure:  # noqa: BLE001 - raised where it is waited for
            self._failure = failure
        self._over.set()

    def give_up(self) -> None:
        """Nobody wants to know any more."""
        self._failure = ExchangeCut()
        self._over.set()

    def wait(self, seconds: float) -> list[str]:
        """Raises UpstreamUnreachable, UpstreamSlow, and ExchangeCut when it was given up."""
        if not self._over.wait(seconds):
            self._over.set()
            raise UpstreamSlow
        if isinstance(self._failure, OSError | UnicodeError):
            raise UpstreamUnreachable
        if self._failure is not None:
            raise self._failure
        if not self._found:
            raise UpstreamUnreachable
        return self._found


class Names:
    """Asks in threads of its own, few at once; questions that nobody waits for any more are not asked."""

    def __init__(self, ask: Ask = ask_the_system) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._waiting: deque[Lookup] = deque()
        self._threads = 0

    def resolve(self, host: str, port: int, seconds: float) -> list[str]:
        """Every address, in the resolver's order. Raises UpstreamUnreachable and UpstreamSlow."""
        return self.begin(host, port).wait(seconds)

    def begin(self, host: str, port: int) -> Lookup:
        """Have it asked; the answer is waited for elsewhere. An address is its own answer."""
        lookup = Lookup(host, port)
        if _is_address(host):
            lookup.answer(lambda host, _port: [host])
            return lookup
        with self._lock:
            self._waiting.append(lookup)
            if self._threads == MOST_AT_ONCE:
                return lookup
            self._threads += 1
        try:
            threading.Thread(target=self._work, name="latchkey-names", daemon=True).start()
        except RuntimeError:
            # As many threads as the system allows; another may be had later.
            with self._lock:
                self._threads -= 1
            lookup.give_up()
            raise UpstreamSlow from None
        return lookup

    def _work(self) -> None:
        while lookup := self._next():
            lookup.answer(self._ask)

    def _next(self) -> Lookup | None:
        """A question that somebody waits for; None, and one thread fewer, when there is none."""
        with self._lock:
            while self._waiting:
                lookup = self._waiting.popleft()
                if not lookup.is_over:
                    return lookup
            self._threads -= 1
            return None


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
