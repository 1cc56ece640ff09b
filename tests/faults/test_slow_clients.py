"""Clients that send slowly, against the real server: they hold nobody else up, and they do not last."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

from tests.ops.serving import Server, read_all, serving

SLOW = 100


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def ask_quickly(server: Server, times: int) -> float:
    """The longest of so many answers, in seconds."""
    longest = 0.0
    for _ in range(times):
        begun = time.monotonic()
        assert server.ask("/quick").endswith(b"done")
        longest = max(longest, time.monotonic() - begun)
    return longest


def open_slow(server: Server, stack: contextlib.ExitStack, headers: str, body: bytes) -> list[socket.socket]:
    return [stack.enter_context(server.send("/", "POST", headers, body)) for _ in range(SLOW)]


@pytest.mark.parametrize(
    ("headers", "body"),
    [("Content-Length: 1000\r\n", b"a"), ("Transfer-Encoding: chunked\r\n", b"5\r\nab")],
    ids=["stated length", "chunked"],
)
def test_hundred_slow_bodies_hold_nobody_up_and_end_with_408(
    server: Server, headers: str, body: bytes
) -> None:
    with contextlib.ExitStack() as stack:
        slow = open_slow(server, stack, headers, body)
        assert ask_quickly(server, 30) < 1.5
        with server.send("/", "POST", "Content-Length: 3\r\nConnection: close\r\n", b"abc") as whole:
            assert read_all(whole).endswith(b"abc")
        answers = [read_all(connection) for connection in slow]
    assert all(b"408 Request Timeout" in answer for answer in answers)
    assert ask_quickly(server, 5) < 1.5


def test_body_that_dribbles_on_has_no_longer_than_one_that_stalls(server: Server) -> None:
    with server.send("/", "POST", "Content-Length: 1000\r\n", b"a") as dribbling:
        begun = time.monotonic()
        dribbling.settimeout(0.1)
        received = b""
        while b"408" not in received and time.monotonic() - begun < 20:
            with contextlib.suppress(TimeoutError):
                received += dribbling.recv(4096)
            dribbling.sendall(b"a")
    assert time.monotonic() - begun < 10


def test_client_that_waits_for_100_continue_gets_no_longer_either(server: Server) -> None:
    with server.send("/", "POST", "Content-Length: 10\r\nExpect: 100-continue\r\n") as waiting:
        answer = read_all(waiting)
    assert answer.startswith(b"HTTP/1.1 100 Continue")
    assert b"408 Request Timeout" in answer


def test_request_of_somebody_else_survives_the_cut(server: Server) -> None:
    with server.send("/held", headers="Connection: close\r\n", source="127.0.0.2") as held:
        server.ask("/when-held")
        with server.send("/", "POST", "Content-Length: 1000\r\n", b"a") as slow:
            assert b"408 Request Timeout" in read_all(slow)
        server.ask("/release")
        assert read_all(held).endswith(b"done")


def test_hundred_unfinished_headers_hold_nobody_up(server: Server) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(SLOW):
            stack.enter_context(server.connect()).sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        assert ask_quickly(server, 30) < 1.5
