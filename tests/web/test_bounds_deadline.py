"""The deadline of a body, on real connections: whose is cut and whose is not."""

from __future__ import annotations

import io
import select
import socket
from collections.abc import Iterator

import pytest

from tests.web.bounds_world import Behind
from webapp.core import clock
from webapp.web.bounds import Bounds
from webapp.web.slow_bodies import BodyDeadline, Reading, cut_connections

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def pairs(listener: socket.socket) -> Iterator[list[Pair]]:
    """Two connections, each as the client's end and the server's."""
    opened: list[Pair] = []
    for _ in range(2):
        client = socket.create_connection(listener.getsockname())
        opened.append((client, listener.accept()[0]))
    yield opened
    for pair in opened:
        for end in pair:
            end.close()


def is_cut(server_end: socket.socket) -> bool:
    return bool(select.select([server_end], [], [], 0)[0])


def test_quiet_connection_is_cut_and_one_just_answered_is_not(
    listener: socket.socket, pairs: list[Pair]
) -> None:
    (_, awaited), (_, answered) = pairs
    reading = Reading(clock.monotonic(), listener.getsockname()[1], "127.0.0.1")
    cut = False
    while not cut and clock.monotonic() - reading.since < 10:
        answered.sendall(b".")
        if clock.monotonic() - reading.since > 0.3:
            cut_connections([reading], stubborn_after=60)
        cut = bool(select.select([awaited], [], [], 0.01)[0])
    assert awaited.recv(10) == b""
    assert not is_cut(answered)


def test_answer_can_still_be_sent_on_a_cut_connection(listener: socket.socket, pairs: list[Pair]) -> None:
    client, server_end = pairs[0]
    cut_connections([Reading(clock.monotonic(), listener.getsockname()[1], "127.0.0.1")], stubborn_after=0)
    assert server_end.recv(10) == b""
    server_end.sendall(b"408")
    assert client.recv(10) == b"408"


def test_stubborn_address_loses_every_connection_and_others_none(
    listener: socket.socket, pairs: list[Pair]
) -> None:
    port = listener.getsockname()[1]
    for _, server_end in pairs:
        server_end.sendall(b".")
    cut_connections([Reading(clock.monotonic() - 30, port, "192.0.2.1")], stubborn_after=30)
    assert not any(is_cut(server_end) for _, server_end in pairs)
    cut_connections([Reading(clock.monotonic() - 30, port, "::ffff:127.0.0.1")], stubborn_after=30)
    assert all(is_cut(server_end) for _, server_end in pairs)


def test_other_ports_and_other_callers_are_left_alone(listener: socket.socket, pairs: list[Pair]) -> None:
    port = listener.getsockname()[1]
    cut_connections([Reading(clock.monotonic(), port + 1, "127.0.0.1")], stubborn_after=0)
    cut_connections([Reading(clock.monotonic(), port, "192.0.2.1")], stubborn_after=0)
    assert not any(is_cut(end) for pair in pairs for end in pair)


def test_crowd_of_waiting_bodies_shortens_the_deadline() -> None:
    deadline = BodyDeadline(seconds=60, hurried_seconds=0, crowd=1)
    with deadline.watch(1, "192.0.2.1"):
        assert deadline.overdue() == []
        with deadline.watch(1, "192.0.2.2") as second:
            assert second in deadline.overdue()
    assert deadline.overdue() == []


class FromSocket(io.RawIOBase):
    """The body as a server in threads reads it: blocks until something arrives."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def read(self, size: int = -1) -> bytes:
        return self.connection.recv(size)


@pytest.mark.parametrize("length", [{"CONTENT_LENGTH": "10"}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_body_that_stops_arriving_is_answered_with_408(
    listener: socket.socket, pairs: list[Pair], length: dict[str, str]
) -> None:
    client, server_end = pairs[0]
    client.sendall(b"abc")
    behind = Behind(Bounds(body_seconds=0.2, hurried_seconds=0.2))
    place = {"SERVER_PORT": str(listener.getsockname()[1]), "REMOTE_ADDR": "127.0.0.1"}
    answer = behind.call("/api/v1/login", "POST", **length, **place, **{"wsgi.input": FromSocket(server_end)})
    assert answer.status == 408
    assert answer.json["error"] == "request_timeout"
    assert not behind.seen
