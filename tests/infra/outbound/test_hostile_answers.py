"""Services that mean no good, or break in the middle: each ends in an error of ours, soon, and in bounded memory."""

from __future__ import annotations

import gc
from itertools import repeat

import pytest

from tests.infra.outbound.world import Running, ask, send
from tests.servers.upstream import Upstream
from tests.servers.upstream_answers import (
    chunk,
    endless_headers,
    endless_hints,
    hang,
    hang_up,
    head,
    huge,
    in_pieces,
    raw,
    raw_then_hang,
)
from webapp.infra.outbound.errors import UpstreamBroken, UpstreamSlow
from webapp.infra.outbound.exchanges import Outbound

OK = b"HTTP/1.1 200 Fine\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"hello", b"<html>HTTP/0.9 had no head</html>", b"\x16\x03\x01\x00\x05", b"\r\n\r\n", b"HTTP/1.1", OK,
        b"HTTP/2.0 200 Fine\r\n\r\n", b"HTTP/1.2 200 Fine\r\n\r\n", b"ICY 200 OK\r\n\r\n", b"HTTP/1.1 20 Few\r\n\r\n",
        b"HTTP/1.1 600 Odd\r\n\r\n", b"HTTP/1.1 999 Odd\r\n\r\n", b"HTTP/1.1 099 Odd\r\n\r\n",
        b"HTTP/1.1 -20 Odd\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", b"HTTP/1.1 100 Go\r\n\r\n",
        # Where does it end?
        OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", OK + b"Content-Length: 3, 4\r\n\r\nabcd",
        OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        OK + b"Content-Length: +3\r\n\r\nabc", OK + b"Content-Length: -1\r\n\r\nabc",
        OK + b"Content-Length: 0x3\r\n\r\nabc",
        OK + b"Content-Length: " + b"9" * 30 + b"\r\n\r\nabc", OK + b"Content-Length: \r\n\r\nabc",
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", OK + b"Transfer-Encoding: identity\r\n\r\nabc",
        OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", OK + b"Content-Length: 9\r\n\r\nabc",
        # Headers that are none, or two.
        OK + b"No colon\r\n\r\n", OK + b"X : y\r\n\r\n", OK + b" X: y\r\n\r\n", OK + b": y\r\n\r\n",
        OK + b"X: \x00\r\n\r\n",
        OK + b"X: a\rY: b\r\n\r\n", OK + b"X: \x01\r\n\r\n", OK + b"X: \x1b[2J\r\n\r\n", OK + b"X: \x7f\r\n\r\n",
        OK + b"X: " + b"y" * 70_000 + b"\r\n\r\n", OK + b"X: y\r\n" * 15_000 + b"\r\n",
        # Chunks.
        CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n", CHUNKED + b"-1\r\n\r\n", CHUNKED + b"3\r\nabcd\r\n0\r\n\r\n",
        CHUNKED + b"3\r\nab", CHUNKED + b"3\r\nabc\r\n", CHUNKED + b"f" * 25 + b"\r\n",
        CHUNKED + b"\r\n3\r\nabc\r\n0\r\n\r\n",
        CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n",
    ],
)  # fmt: skip
def test_answer_that_is_no_http_is_broken(outbound: Outbound, service: Upstream, content: bytes) -> None:
    service.on("/", raw(content))
    with pytest.raises(UpstreamBroken):
        ask(outbound, service.url)


@pytest.mark.parametrize("answer", [endless_headers, endless_hints, hang_up])
def test_head_without_end_is_broken(outbound: Outbound, safe_service: Upstream, answer: object) -> None:
    safe_service.on("/", answer)  # type: ignore[arg-type]
    with pytest.raises(UpstreamBroken):
        ask(outbound, safe_service.url)


@pytest.mark.parametrize("content", [b"0\r\n" + b"X: y\r\n" * 30_000, b"3;" + b"x" * 140_000])
def test_chunk_or_trailer_without_end_is_broken(
    outbound: Outbound, service: Upstream, content: bytes
) -> None:
    service.on("/", raw_then_hang(CHUNKED + content))
    assert isinstance(Running(lambda: ask(outbound, service.url)).end(), UpstreamBroken)


@pytest.mark.parametrize("answer", [hang, raw_then_hang(OK), raw_then_hang(b"HTTP/1.1 100 Go\r\n\r\n")])
def test_head_that_does_not_come_is_slow(outbound: Outbound, service: Upstream, answer: object) -> None:
    service.on("/", answer)  # type: ignore[arg-type]
    with pytest.raises(UpstreamSlow):
        ask(outbound, service.url, answer_seconds=0.1)
    service.await_ends(1)


def test_head_that_drips_is_slow_however_steadily_it_drips(outbound: Outbound, service: Upstream) -> None:
    def drip(visit: object) -> None:
        for number in range(1_000_000):
            visit.write(b"HTTP/1.1 200 F" if number == 0 else b"i")  # type: ignore[attr-defined]
            # Nothing arrives from the caller: this waits a moment without sleeping.
            visit.line.settimeout(0.02)  # type: ignore[attr-defined]
            try:
                visit.line.recv(1)  # type: ignore[attr-defined]
            except TimeoutError:
                continue

    service.on("/", drip)
    with pytest.raises(UpstreamSlow):
        ask(outbound, service.url, answer_seconds=0.3)


@pytest.mark.parametrize(
    "content",
    [
        head(200, ("Content-Length", "9")) + b"abc",
        CHUNKED + chunk(b"abc"),
        # Neither is a piece that will never be whole.
        CHUNKED + chunk(b"abc") + b"9",
    ],
)
def test_answer_that_stops_in_the_middle_is_slow(
    outbound: Outbound, service: Upstream, content: bytes
) -> None:
    service.on("/", raw_then_hang(content))
    exchange = outbound.exchange()
    send(exchange, service.url, pause_seconds=0.1)
    pieces = exchange.pieces()
    assert next(pieces) == b"abc"
    assert isinstance(Running(lambda: next(pieces)).end(), UpstreamSlow)
    exchange.close()
    service.await_ends(1)


@pytest.mark.parametrize("content", [head(200, ("Content-Length", "9")) + b"abc", CHUNKED + chunk(b"abc")])
def test_answer_that_ends_in_the_middle_is_broken(
    outbound: Outbound, service: Upstream, content: bytes
) -> None:
    service.on("/", raw(content))
    exchange = outbound.exchange()
    send(exchange, service.url)
    pieces = exchange.pieces()
    assert next(pieces) == b"abc"
    with pytest.raises(UpstreamBroken):
        next(pieces)
    exchange.close()


@pytest.mark.parametrize("is_chunked", [False, True])
def test_ten_gigabytes_are_left_where_they_are(
    outbound: Outbound, safe_service: Upstream, *, is_chunked: bool
) -> None:
    safe_service.on("/", huge(10_000_000_000, is_chunked=is_chunked))
    exchange = outbound.exchange()
    send(exchange, safe_service.url)
    pieces = exchange.pieces()
    largest = max(len(next(pieces)) for _ in range(50))
    exchange.close()
    safe_service.await_ends(1)
    assert largest <= 65_536


def test_body_of_tiny_pieces_is_whole(outbound: Outbound, service: Upstream) -> None:
    service.on("/", in_pieces(repeat(b"x", 3_000)))
    assert ask(outbound, service.url)[1] == b"x" * 3_000


def test_exchange_that_failed_leaves_no_socket_behind(outbound: Outbound, service: Upstream) -> None:
    service.on("/", raw(CHUNKED + b"zz"))
    for _ in range(5):
        with pytest.raises(UpstreamBroken):
            ask(outbound, service.url)
    service.await_ends(5)
    # An unclosed socket would warn now, and a warning is an error here.
    gc.collect()
    assert outbound._pool._lent == 0
