"""Bodies above what is taken in whole: handed through while they arrive, for callers with a good token alone."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from tests.connections.live_calling import make_callers
from tests.servers.upstream import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.connections.live_calling import LiveCalling

PIECE = b"0123456789abcdef" * 4096


def begin(calling: LiveCalling, token: Mapping[str, str], *framing: str) -> socket.socket:
    """The head of a request whose body is still to be sent."""
    line = socket.create_connection(("127.0.0.1", calling.server.port), PATIENCE_SECONDS)
    lines = [
        f"POST {calling.connection.path('/upload')} HTTP/1.1",
        f"Host: localhost:{calling.server.port}",
        *(f"{name}: {value}" for name, value in token.items()),
        *framing,
    ]
    line.sendall("\r\n".join([*lines, "", ""]).encode())
    return line


def read_all(line: socket.socket) -> bytes:
    answer = b""
    while piece := line.recv(65_536):
        answer += piece
    return answer


def test_large_body_goes_on_while_it_arrives(calling: LiveCalling) -> None:
    [(_, token)] = make_callers(calling, 1)
    known = len(calling.service.requests)
    with begin(calling, token, f"Content-Length: {32 * len(PIECE)}", "Connection: close") as line:
        line.sendall(PIECE)
        # The service has been called though most of the body is still to come.
        sent = calling.service.await_requests(known + 1)[-1]
        for _ in range(31):
            line.sendall(PIECE)
        assert read_all(line).startswith(b"HTTP/1.1 200")
    assert (sent.header("Content-Length"), sent.body) == (str(32 * len(PIECE)), 32 * PIECE)


def test_body_that_breaks_off_is_never_whole_at_the_service(calling: LiveCalling) -> None:
    [(_, token)] = make_callers(calling, 1)
    known, ended = len(calling.service.requests), calling.service.ended
    with begin(calling, token, f"Content-Length: {4 * len(PIECE)}") as line:
        line.sendall(PIECE)
        sent = calling.service.await_requests(known + 1)[-1]
    calling.service.await_ends(ended + 1)
    assert len(sent.body) < 4 * len(PIECE)


def test_chunked_body_is_refused_since_its_break_would_go_unnoticed(calling: LiveCalling) -> None:
    [(_, token)] = make_callers(calling, 1)
    known = len(calling.service.requests)
    with begin(calling, token, "Transfer-Encoding: chunked") as line:
        assert b"x-latchkey-error: length_required" in read_all(line).lower()
    assert len(calling.service.requests) == known


def test_body_beyond_the_connections_limit_is_refused_unread(calling: LiveCalling) -> None:
    [(_, token)] = make_callers(calling, 1)
    with begin(calling, token, "Content-Length: 8388609") as line:
        assert b"x-latchkey-error: call_too_large" in read_all(line).lower()


def test_large_body_without_a_good_token_is_not_taken_in(calling: LiveCalling) -> None:
    forged = {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}
    known = len(calling.service.requests)
    with begin(calling, forged, f"Content-Length: {32 * len(PIECE)}") as line:
        assert b"x-latchkey-error: body_too_large" in read_all(line).lower()
    assert len(calling.service.requests) == known
