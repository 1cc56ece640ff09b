"""A third-party service on a loopback port: plain or TLS, answering each path as a test says.

It speaks over bare sockets, so that an answer may be anything: half of HTTP, none of it, or far too much.
"""

from __future__ import annotations

import socket
import socketserver
import threading
from collections import defaultdict
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.servers.upstream_answers import echo

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    Answer = Callable[["Visit"], None]

PATIENCE_SECONDS = 30


@dataclass
class Received:
    """One request as it stood on the wire. `connection` numbers the connections from 1."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    connection: int
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def values(self, name: str) -> list[str]:
        """Every value under that name, in any case."""
        return [value for each, value in self.headers if each.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        """The first value under that name, or None."""
        return next(iter(self.values(name)), None)


class Upstream(socketserver.ThreadingTCPServer):
    """The service. `on` says how a path is answered; where nothing is said, the request is echoed as JSON."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, tls: ssl.SSLContext | None = None, host: str = "localhost") -> None:
        self.tls = tls
        self.requests: list[Received] = []
        self.accepted = 0
        self.ended = 0
        self.failed_handshakes = 0
        self._answers: dict[str, Answer] = defaultdict(lambda: echo)
        self._unread: set[str] = set()
        self._turns = 0
        self._is_over = False
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__(("127.0.0.1", 0), _Line)
        self.port = int(self.server_address[1])
        self.url = f"http{'s' if tls else ''}://{host if tls else '127.0.0.1'}:{self.port}"

    def on(self, path: str, answer: Answer, *, reads_body: bool = True) -> None:
        """Answer that path so from now on; with `reads_body=False` before, and without, the body's arrival."""
        self._answers[path] = answer
        if not reads_body:
            self._unread.add(path)

    def let_go_on(self, turns: int = 1) -> None:
        """Let answers that wait for their turn send so many pieces more."""
        with self._changed:
            self._turns += turns
            self._changed.notify_all()

    def await_requests(self, number: int) -> list[Received]:
        """Wait until the heads of so many requests have arrived, and give all that have."""
        self._await(lambda: len(self.requests) >= number, f"{number} requests")
        return self.requests

    def await_ends(self, number: int) -> None:
        """Wait until so many connections are over."""
        self._await(lambda: self.ended >= number, f"{number} connections to end")

    def stop(self) -> None:
        """End everything, also what is in the middle of an answer."""
        with self._changed:
            self._is_over = True
            for each in self._open:
                with suppress(OSError):
                    socket.socket.shutdown(each, socket.SHUT_RDWR)
            self._changed.notify_all()
        self.shutdown()
        self.server_close()

    def await_turn(self) -> None:
        """Wait, in an answer, for `let_go_on`. Raises ConnectionError when the service stops instead."""
        with self._changed:
            self._changed.wait_for(lambda: self._turns > 0 or self._is_over, PATIENCE_SECONDS)
            if self._turns == 0:
                raise ConnectionError
            self._turns -= 1

    def note(self, **changes: int) -> int:
        """Count something that happened on a connection; gives the new `accepted`."""
        with self._changed:
            for name, change in changes.items():
                setattr(self, name, getattr(self, name) + change)
            self._changed.notify_all()
            return self.accepted

    def keep(self, line: socket.socket) -> None:
        with self._changed:
            self._open.add(line)

    def let_go(self, line: socket.socket) -> None:
        with self._changed:
            self._open.discard(line)

    def answer_for(self, received: Received) -> tuple[Answer, bool]:
        """How to answer it, and whether its body is read first; notes that it came."""
        with self._changed:
            self.requests.append(received)
            self._changed.notify_all()
            return self._answers[received.path], received.path not in self._unread

    def _await(self, condition: Callable[[], bool], what: str) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE_SECONDS), f"waited in vain for {what}"


@dataclass
class Visit:
    """One request being answered."""

    service: Upstream
    request: Received
    line: socket.socket
    is_last: bool = field(default=False)

    def write(self, content: bytes) -> None:
        self.line.sendall(content)

    def await_turn(self) -> None:
        """Until the test says `let_go_on`."""
        self.service.await_turn()

    def hang(self) -> None:
        """Say nothing more until the caller hangs up."""
        self.is_last = True
        while self.line.recv(65_536):
            pass

    def hang_up(self) -> None:
        """End the connection once the answer is made."""
        self.is_last = True


class _Line(socketserver.BaseRequestHandler):
    """One connection."""

    server: Upstream

    def handle(self) -> None:
        self._number = self.server.note(accepted=1)
        line: socket.socket = self.request
        self.server.keep(line)
        try:
            with suppress(OSError, ValueError):
                line = self._encrypted(line)
                self._file = line.makefile("rb")
                while self._answer_one(line):
                    pass
        finally:
            # Said before it is counted as over: whoever awaited the end may look at the socket.
            with suppress(OSError):
                socket.socket.shutdown(line, socket.SHUT_RDWR)
            if hasattr(self, "_file"):
                self._file.close()
            line.close()
            self.server.let_go(line)
            self.server.note(ended=1)

    def _encrypted(self, line: socket.socket) -> socket.socket:
        if self.server.tls is None:
            return line
        try:
            encrypted = self.server.tls.wrap_socket(line, server_side=True)
        except OSError:
            self.server.note(failed_handshakes=1)
            raise
        self.server.let_go(line)
        self.server.keep(encrypted)
        return encrypted

    def _answer_one(self, line: socket.socket) -> bool:
        first = self._file.readline(65_537)
        if not first.endswith(b"\r\n"):
            return False
        method, target, _version = first.decode("latin-1").split(" ")
        headers = []
        while (raw := self._file.readline(65_537)) not in {b"\r\n", b""}:
            name, _, value = raw.decode("latin-1").rstrip("\r\n").partition(":")
            headers.append((name, value.strip()))
        received = Received(method, target, headers, self._number)
        answer, reads_body = self.server.answer_for(received)
        visit = Visit(self.server, received, line, is_last=received.header("Connection") == "close")
        if reads_body:
            received.body = self._read_body(received)
        answer(visit)
        return reads_body and not visit.is_last

    def _read_body(self, received: Received) -> bytes:
        if received.header("Transfer-Encoding") is None:
            return self._file.read(int(received.header("Content-Length") or 0))
        body = b""
        while size := int(self._file.readline(), 16):
            body += self._file.read(size)
            self._file.readline()
        self._file.readline()
        return body


@contextmanager
def upstream(tls: ssl.SSLContext | None = None, host: str = "localhost") -> Iterator[Upstream]:
    """A service that runs as long as the block. `host` is the name in its address where it speaks TLS."""
    service = Upstream(tls, host)
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.stop()
        thread.join()
