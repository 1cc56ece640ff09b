"""A body that is handed on while it arrives: whole, or not at all; its sender has a deadline for each piece."""

from __future__ import annotations

import io
import socket
from typing import TYPE_CHECKING, Any

import pytest

from webapp.web.refusals import Refusal
from webapp.web.slow_bodies import BodyDeadline
from webapp.web.streamed_bodies import MOST_BYTES, STREAMED, BodyIncomplete, BodyTimeout, StreamedBodies

if TYPE_CHECKING:
    from webapp.web.streamed_bodies import StreamedBody

DEADLINE = BodyDeadline(0.4, 0.4, 8)
PATH = "/api/v1/connections/weather/x"


def held(source: Any, length: int, port: int = 8000) -> StreamedBody:
    environ = {
        "PATH_INFO": PATH,
        "SERVER_PORT": str(port),
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(length),
        "wsgi.input": source,
    }
    assert StreamedBodies(lambda path: path == PATH, lambda _: True).hold(environ, length, 10, DEADLINE)
    assert (environ["wsgi.input"].read(), "CONTENT_LENGTH" in environ) == (b"", False)
    body: StreamedBody = environ[STREAMED]
    return body


def test_body_comes_in_pieces_and_not_beyond_its_length() -> None:
    source = io.BytesIO(b"x" * 100_000 + b"the next request")
    pieces = list(held(source, 100_000))
    assert (b"".join(pieces), len(pieces) > 1) == (b"x" * 100_000, True)


def test_body_that_breaks_off_is_no_body() -> None:
    with pytest.raises(BodyIncomplete):
        list(held(io.BytesIO(b"x" * 50), 100))


def test_body_that_stops_arriving_is_cut() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as sender, server.accept()[0] as arriving:
            sender.sendall(b"x" * 50)
            body = held(arriving.makefile("rb", buffering=0), 100, port)
            begun: list[bytes] = []
            with pytest.raises(BodyTimeout):
                begun.extend(body)
    assert b"".join(begun) == b"x" * 50


@pytest.mark.parametrize(("rest", "left"), [(50_000, b""), (2_000_000, b"x" * 2_000_000)])
def test_rest_that_nobody_wants_is_read_unless_it_is_much(rest: int, left: bytes) -> None:
    source = io.BytesIO(b"x" * rest)
    held(source, rest).drop_rest()
    assert source.read() == left


def test_rest_that_nobody_wants_has_no_more_time_than_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[int, str]] = []
    watch = DEADLINE.watch

    def note(port: int, address: str) -> object:
        begun.append((port, address))
        return watch(port, address)

    monkeypatch.setattr(DEADLINE, "watch", note)
    held(io.BytesIO(b"x" * 900_000), 900_000).drop_rest()
    assert len(begun) == 1


@pytest.mark.parametrize(
    ("path", "length", "is_known"),
    [("/other", 100, True), (PATH, 10, True), (PATH, 100, False), (PATH, MOST_BYTES + 1, True)],
)
def test_other_bodies_are_taken_in_whole_or_refused_as_everywhere(
    path: str, length: int, is_known: bool
) -> None:
    bodies = StreamedBodies(lambda each: each == PATH, lambda _: is_known)
    assert not bodies.hold({"PATH_INFO": path}, length, 10, DEADLINE)


def test_length_must_be_said() -> None:
    bodies = StreamedBodies(lambda _: True, lambda _: True)
    with pytest.raises(Refusal) as refusal:
        bodies.hold({"PATH_INFO": PATH}, None, 10, DEADLINE)
    assert (refusal.value.status, refusal.value.code) == (411, "length_required")
