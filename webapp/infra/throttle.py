"""Fixed-window limits: counted before the work, given back when the work turns out well."""

from __future__ import annotations

import hmac
import ipaddress
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from webapp.core import clock
from webapp.core.errors import Problem
from webapp.core.limit import Limit
from webapp.infra.limit_store import LimitStore
from webapp.infra.metrics import count
from webapp.infra.metrics_catalogue import LIMITED

_NETWORK_BITS = 64


class TooManyAttempts(Problem):
    """A limit is used up; `retry_after` is when the window that refused is over. Nothing was tried."""

    code = "too_many_attempts"
    status = 429
    message = "Too many attempts. Wait a little, then try again."


@dataclass(slots=True, eq=False)
class Ticket:
    """One count, good for one return, into the window it was counted in."""

    name: str
    ends_at: int
    shared: bool
    spent: bool = False


@lru_cache(maxsize=4096)
def key_for_address(address: str | None) -> str:
    """Who answers for an address: an IPv4 address itself, an IPv6 caller's /64.

    Whatever is not an address shares one key, so that nobody becomes unlimited by being unreadable.
    """
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((int(parsed), _NETWORK_BITS), strict=False))
    return str(parsed)


class Throttle:
    """Counts attempts per lane ("signin-account") and key (an account's id) over one store.

    Keys reach the store only as HMACs under `secret`, which all nodes must have in common.
    """

    def __init__(
        self, store: LimitStore, secret: bytes, now: Callable[[], float] = lambda: clock.now().timestamp()
    ) -> None:
        if not secret:
            raise ValueError("limits need a secret to hide their keys with")
        self._store = store
        self._secret = secret
        self._now = now
        # A caller who comes again is the rule, and the digest is most of what counting costs.
        self._hide = lru_cache(maxsize=4096)(self._digest)
        self._returns = threading.Lock()

    def name_of(self, lane: str, key: str, limit: Limit, moment: float | None = None) -> str:
        """What the store calls this counter: lane, hidden key, window. ValueError for an empty one."""
        if not lane or not key:
            raise ValueError("an empty lane or key would be no limit at all")
        window = limit.window_at(self._now() if moment is None else moment)
        return f"{lane}:{self._hide(lane, key)}:{limit.seconds}:{window}"

    def _digest(self, lane: str, key: str) -> str:
        hidden = hmac.digest(self._secret, f"{lane}\0{key}".encode("utf-8", "surrogatepass"), "sha256")
        return hidden.hex()[:32]

    def count(self, lane: str, key: str, limit: Limit) -> Ticket:
        """Count one attempt before its work is done. Raises TooManyAttempts, and then has counted nothing."""
        return self.count_all([(lane, key, limit)])[0]

    def count_all(self, wanted: Iterable[tuple[str, str, Limit]]) -> list[Ticket]:
        """Count in every lane or, when any refuses, in none: TooManyAttempts with the longest wait."""
        moment = self._now()
        tickets: list[Ticket] = []
        waits: list[int] = []
        for lane, name, limit in [(each[0], self.name_of(*each, moment), each[2]) for each in wanted]:
            ticket, value = self.take(name, limit.seconds)
            tickets.append(ticket)
            if value > limit.count:
                waits.append(limit.seconds_left(moment))
                count(LIMITED, lane)
        if waits:
            for ticket in tickets:
                self.give_back(ticket)
            raise TooManyAttempts(retry_after=max(waits))
        return tickets

    def take(self, name: str, seconds: int) -> tuple[Ticket, int]:
        """Count under a name made by `name_of` and compare nothing: the ticket, and the count it made."""
        counted = self._store.add(name, seconds)
        ends_at = (int(self._now() // seconds) + 1) * seconds
        return Ticket(name, ends_at, counted.shared), counted.value

    def give_back(self, ticket: Ticket) -> None:
        """Undo a count, once, unless its window is over."""
        with self._returns:
            if ticket.spent:
                return
            ticket.spent = True
        if self._now() < ticket.ends_at:
            self._store.take_back(ticket.name, shared=ticket.shared)

    def used(self, lane: str, key: str, limit: Limit) -> int:
        """Attempts that stand in the present window."""
        return self._store.get(self.name_of(lane, key, limit))

    def wait(self, limit: Limit) -> int:
        """Seconds until the present window of such a limit is over, at least 1."""
        return limit.seconds_left(self._now())

    def healthy(self) -> bool:
        """Whether the shared store, when one is configured, answers."""
        return self._store.healthy()

    @property
    def store(self) -> LimitStore:
        """Where it counts, for what else must hold on all nodes."""
        return self._store

    def close(self) -> None:
        """Let go of the store's connections."""
        self._store.close()
