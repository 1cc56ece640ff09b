"""An Outbound that may reach this machine, and requests through it."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from ipaddress import ip_network
from itertools import chain
from typing import TYPE_CHECKING

from webapp.infra.outbound.addresses import AddressRules
from webapp.infra.outbound.exchanges import Outbound
from webapp.infra.outbound.names import Names
from webapp.infra.outbound.targets import parse_base_url

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from webapp.infra.outbound.exchanges import Exchange
    from webapp.infra.outbound.heads import Head

SECONDS = 20.0
LOOPBACK = ("127.0.0.0/8", "::1/128")


def make_outbound(
    *addresses: str, allowed: Iterable[str] = LOOPBACK, context: ssl.SSLContext | None = None
) -> Outbound:
    """`addresses` are what every name leads to; none: what the machine's resolver says."""
    names = Names(lambda _host, _port: list(addresses)) if addresses else Names()
    return Outbound(names, AddressRules([ip_network(each) for each in allowed]), context)


def send(
    exchange: Exchange,
    url: str,
    method: str = "GET",
    body: bytes | Iterable[bytes] | None = None,
    headers: Sequence[tuple[bytes, bytes]] = (),
    *,
    answer_seconds: float = SECONDS,
    pause_seconds: float = SECONDS,
) -> Head:
    """To the path at the end of the address, or "/"."""
    target = parse_base_url(url)
    return exchange.send(
        target,
        method,
        target.path.encode() or b"/",
        headers,
        body,
        answer_seconds=answer_seconds,
        pause_seconds=pause_seconds,
    )


def ask(outbound: Outbound, url: str, method: str = "GET", **options: object) -> tuple[Head, bytes]:
    """A whole exchange: the head and the body of the answer."""
    exchange = outbound.exchange()
    try:
        head = send(exchange, url, method, **options)  # type: ignore[arg-type]
        return head, b"".join(exchange.pieces())
    finally:
        exchange.close()


class Running:
    """Something that another thread is doing; `end` gives what it raised."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act
        self._raised: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._act()
        except BaseException as raised:  # noqa: BLE001 - looked at by the test
            self._raised = raised

    def end(self, seconds: float = 1.0) -> BaseException | None:
        self._thread.join(seconds)
        assert not self._thread.is_alive(), f"still at it after {seconds} s"
        return self._raised


@contextmanager
def silent_port(*, is_full: bool = False) -> Iterator[int]:
    """Connections to it are made by the system and never answered; where it is full, not even made."""
    with socket.create_server(("127.0.0.1", 0), backlog=0 if is_full else 8) as server:
        port = int(server.getsockname()[1])
        waiting = [socket.socket() for _ in range(4 if is_full else 0)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        yield port
        for each in waiting:
            each.close()


def endlessly(first: threading.Event) -> Iterator[bytes]:
    """A body without end; `first` is set once somebody wants it."""
    first.set()
    yield from chain.from_iterable([b"x" * 65_536] for _ in range(1_000_000))
