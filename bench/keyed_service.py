"""A small service for benchmarks that answers only whoever brings its key: shortly, at length, or without an end."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import secrets
import socket
import threading
import time
from typing import Self

KEY = secrets.token_urlsafe(32)
PACE_SECONDS = 0.25
LARGE_BYTES = 8_000_000
_PIECE = 65_536


class Service:
    """Within the `with` block, a server in a process of its own that answers whoever brings the key."""

    def __enter__(self) -> Self:
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = listener.getsockname()[1]
        self._process = multiprocessing.get_context("fork").Process(
            target=_serve, args=(listener,), daemon=True
        )
        self._process.start()
        listener.close()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()


def _serve(listener: socket.socket) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            threading.Thread(target=_answer, args=(listener.accept()[0],), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    key = f"authorization: bearer {KEY}".lower().encode()
    small = _whole("200 OK", json.dumps({"forecast": ["Rain, later fair."] * 48}).encode())
    large = _whole("200 OK", b"x" * LARGE_BYTES)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection, contextlib.suppress(OSError):
        while head := _head(connection):
            if key not in head.lower():
                connection.sendall(_whole("401 Unauthorized", b""))
            elif head.startswith(b"GET /slow"):
                _stream(connection, 20, PACE_SECONDS)
            elif head.startswith(b"GET /fast"):
                _stream(connection, _PIECE, 0)
            else:
                connection.sendall(large if head.startswith(b"GET /large") else small)


def _head(connection: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = connection.recv(_PIECE)
        if not piece:
            return b""
        head += piece
    return head


def _whole(status: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _stream(connection: socket.socket, size: int, pause: float) -> None:
    """Events for as long as somebody takes them."""
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    event = b"data: " + b"x" * size + b"\n\n"
    while True:
        connection.sendall(f"{len(event):x}\r\n".encode() + event + b"\r\n")
        time.sleep(pause)
