"""Another thread ends an exchange: whatever it waits for is over at once, and nothing else is."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import TYPE_CHECKING

import pytest

from tests.infra.outbound.world import Running, ask, endlessly, make_outbound, send, silent_port
from tests.servers.shared import wait_until
from tests.servers.upstream import Upstream
from tests.servers.upstream_answers import hang, head, raw_then_hang
from webapp.infra.outbound.addresses import AddressRules
from webapp.infra.outbound.errors import ExchangeCut
from webapp.infra.outbound.exchanges import Exchange, Outbound
from webapp.infra.outbound.names import Names

if TYPE_CHECKING:
    from collections.abc import Iterator


def await_hold(exchange: Exchange, kind: type) -> None:
    wait_until(lambda: isinstance(exchange._hold._held, kind), f"a {kind.__name__} to be waited for")


def check_cut(exchange: Exchange, running: Running) -> None:
    exchange.cut()
    assert isinstance(running.end(), ExchangeCut)


def test_lookup_is_cut() -> None:
    is_asked, goes_on = threading.Event(), threading.Event()

    def look_up(_host: str, _port: int) -> list[str]:
        is_asked.set()
        goes_on.wait(20)
        return []

    exchange = Outbound(Names(look_up), AddressRules([])).exchange()
    running = Running(lambda: send(exchange, "https://a.example/"))
    assert is_asked.wait(20)
    check_cut(exchange, running)
    goes_on.set()


def test_dialling_is_cut() -> None:
    with silent_port(is_full=True) as port:
        exchange = make_outbound().exchange()
        running = Running(lambda: send(exchange, f"http://127.0.0.1:{port}/"))
        await_hold(exchange, socket.socket)
        check_cut(exchange, running)


def test_handshake_is_cut() -> None:
    with silent_port() as port:
        exchange = make_outbound().exchange()
        running = Running(lambda: send(exchange, f"https://127.0.0.1:{port}/"))
        await_hold(exchange, ssl.SSLSocket)
        check_cut(exchange, running)


def test_sending_is_cut() -> None:
    first = threading.Event()
    with silent_port() as port:
        exchange = make_outbound().exchange()
        running = Running(lambda: send(exchange, f"http://127.0.0.1:{port}/", "POST", endlessly(first)))
        assert first.wait(20)
        check_cut(exchange, running)


@pytest.fixture(params=["plain", "tls"])
def either(service: Upstream, safe_service: Upstream, request: pytest.FixtureRequest) -> Iterator[Upstream]:
    return service if request.param == "plain" else safe_service  # type: ignore[return-value]


def test_wait_for_the_head_is_cut(outbound: Outbound, either: Upstream) -> None:
    either.on("/", hang)
    exchange = outbound.exchange()
    running = Running(lambda: send(exchange, either.url))
    either.await_requests(1)
    check_cut(exchange, running)
    either.await_ends(1)


def test_connection_that_was_used_before_is_cut(outbound: Outbound, either: Upstream) -> None:
    either.on("/slow", hang)
    ask(outbound, either.url)
    exchange = outbound.exchange()
    running = Running(lambda: send(exchange, either.url + "/slow"))
    either.await_requests(2)
    check_cut(exchange, running)
    assert either.accepted == 1


def test_body_is_cut(outbound: Outbound, either: Upstream) -> None:
    either.on("/", raw_then_hang(head(200, ("Content-Length", "9")) + b"abc"))
    exchange = outbound.exchange()
    send(exchange, either.url)
    pieces = exchange.pieces()
    assert next(pieces) == b"abc"
    running = Running(lambda: next(pieces))
    check_cut(exchange, running)
    exchange.close()
    either.await_ends(1)


def test_end_of_a_body_without_length_is_no_end_when_it_was_cut(
    outbound: Outbound, service: Upstream
) -> None:
    service.on("/", raw_then_hang(b"HTTP/1.1 200 Fine\r\n\r\nabc"))
    exchange = outbound.exchange()
    send(exchange, service.url)
    pieces = exchange.pieces()
    assert next(pieces) == b"abc"
    exchange.cut()
    with pytest.raises(ExchangeCut):
        next(pieces)
    exchange.close()


def test_exchange_that_was_cut_before_it_began_reaches_nobody(outbound: Outbound, service: Upstream) -> None:
    exchange = outbound.exchange()
    exchange.cut()
    with pytest.raises(ExchangeCut):
        send(exchange, service.url)
    assert service.accepted == 0


def test_cut_that_comes_after_the_end_leaves_the_connection_to_the_next(
    outbound: Outbound, service: Upstream
) -> None:
    first = outbound.exchange()
    send(first, service.url)
    list(first.pieces())
    first.close()
    second = outbound.exchange()
    send(second, service.url)
    first.cut()
    first.close()
    assert b'"target": "/"' in b"".join(second.pieces())
    second.close()
    assert service.accepted == 1


def test_cut_that_comes_between_the_last_piece_and_the_end_lets_nobody_have_the_connection(
    outbound: Outbound, service: Upstream
) -> None:
    exchange = outbound.exchange()
    send(exchange, service.url)
    list(exchange.pieces())
    exchange.cut()
    exchange.close()
    ask(outbound, service.url)
    assert service.accepted == 2
