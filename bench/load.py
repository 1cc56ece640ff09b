"""A load generator of one thread on bare sockets, quick enough not to be the bottleneck of what it measures.

    .venv/bin/python bench/load.py

shows how quick it is itself, against a server that answers without looking at what it is asked.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import selectors
import socket
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from multiprocessing.connection import Connection

CONNECTIONS = 16
_PIECE = 65_536
_ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"answer":true}'


@dataclass(slots=True)
class Load:
    """What a slice of load came to. `wanted` counts the answers that were what the operation is about."""

    wanted: int = 0
    seconds: float = 0.0
    own_cpu_seconds: float = 0.0
    others: Counter[str] = field(default_factory=Counter)


class Asker(Protocol):
    """Where requests come from and answers go to."""

    def next_request(self, number: int) -> bytes | None:
        """What connection `number` sends now; None when there is nothing to ask just yet."""

    def take_answer(self, number: int, status: bytes, answer: bytes) -> bool:
        """Whether the answer, head and body, was what was wanted."""


class SameRequests:
    """Requests that may be sent again and again, in turn: many different ones, so that caches are honest."""

    def __init__(self, requests: Iterable[bytes], status: bytes = b"200", mark: bytes = b"") -> None:
        self._requests = deque(requests)
        self._status = status
        # What a right answer contains: a refusal in polite words is quicker than the work.
        self._mark = mark

    def next_request(self, number: int) -> bytes | None:
        del number
        self._requests.rotate(-1)
        return self._requests[0]

    def take_answer(self, number: int, status: bytes, answer: bytes) -> bool:
        del number
        return status == self._status and self._mark in answer


class Generator:
    """Keeps every one of its connections busy with one request at a time."""

    def __init__(self, port: int, asker: Asker) -> None:
        self._port = port
        self._asker = asker
        self._parts: list[bytes] = [b""] * CONNECTIONS
        self._sockets: list[socket.socket] = []
        self._idle: set[int] = set()

    def run(self, seconds: float) -> Load:
        """Load for so long; every request that was sent has been answered when this returns."""
        # New connections each time: servers close those that were idle while another server was loaded.
        self._sockets = [socket.create_connection(("127.0.0.1", self._port), 30) for _ in range(CONNECTIONS)]
        with selectors.DefaultSelector() as self._selector:
            for number, connection in enumerate(self._sockets):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.setblocking(False)
                self._selector.register(connection, selectors.EVENT_READ, number)
            load = self._load(seconds)
        for connection in self._sockets:
            connection.close()
        return load

    def _load(self, seconds: float) -> Load:
        load = Load()
        begun, cpu = time.perf_counter(), time.process_time()
        until, waiting = begun + seconds, 0
        self._idle = set(range(CONNECTIONS))
        while True:
            if time.perf_counter() < until:
                waiting += sum(self._send(number) for number in list(self._idle))
            elif not waiting:
                break
            for key, _ in self._selector.select(0.005 if self._idle else 0.1):
                if self._receive(key.data, load):
                    waiting -= 1
                    self._idle.add(key.data)
                    if time.perf_counter() < until:
                        waiting += self._send(key.data)
        load.seconds, load.own_cpu_seconds = time.perf_counter() - begun, time.process_time() - cpu
        return load

    def _send(self, number: int) -> int:
        request = self._asker.next_request(number)
        if request is None:
            return 0
        self._idle.discard(number)
        self._sockets[number].sendall(request)
        return 1

    def _receive(self, number: int, load: Load) -> bool:
        piece = self._sockets[number].recv(_PIECE)
        if not piece:
            raise ConnectionError("The server closed a connection; the figures would mean nothing.")
        answer = self._parts[number] + piece
        end = answer.find(b"\r\n\r\n")
        if end < 0 or len(answer) < end + 4 + _length(answer[:end]):
            self._parts[number] = answer
            return False
        self._parts[number] = b""
        if self._asker.take_answer(number, answer[9:12], answer):
            load.wanted += 1
        else:
            load.others[f"{answer[9:12].decode()} {answer[end + 4 :][:120].decode()}"] += 1
        return True


def _length(head: bytes) -> int:
    head = head.lower()
    begin = head.find(b"\r\ncontent-length:")
    if begin < 0:
        return 0
    end = head.find(b"\r\n", begin + 17)
    return int(head[begin + 17 : end if end > 0 else None])


class Loader:
    """A generator in a process of its own, with its own requests, so that it holds up nobody's interpreter."""

    def __init__(self, port: int, asker: Asker) -> None:
        self._orders, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("fork").Process(
            target=_serve_orders, args=(theirs, port, asker)
        )
        self._process.start()
        self.pid = self._process.pid

    def run(self, seconds: float) -> Load:
        self._orders.send(seconds)
        answer = self._orders.recv()
        if isinstance(answer, BaseException):
            raise answer
        loaded: Load = answer
        return loaded

    def close(self) -> None:
        self._orders.send(None)
        self._process.join(10)


def _serve_orders(orders: Connection, port: int, asker: Asker) -> None:
    try:
        generator = Generator(port, asker)
        while (seconds := orders.recv()) is not None:
            orders.send(generator.run(seconds))
    except Exception as failure:  # noqa: BLE001 - told to whoever gave the order
        orders.send(failure)


def measure_itself(seconds: float = 3) -> float:
    """Requests per processor second of the generator alone."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        process = multiprocessing.get_context("fork").Process(
            target=_answer_blindly, args=(server,), daemon=True
        )
        process.start()
        loader = Loader(
            server.getsockname()[1], SameRequests([b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"] * 300)
        )
        loaded = loader.run(seconds)
        loader.close()
        process.terminate()
        process.join()
    return loaded.wanted / loaded.own_cpu_seconds


def _answer_blindly(server: socket.socket) -> None:
    with contextlib.suppress(KeyboardInterrupt), selectors.DefaultSelector() as selector:
        selector.register(server, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is server:
                    selector.register(server.accept()[0], selectors.EVENT_READ)
                elif isinstance(key.fileobj, socket.socket) and key.fileobj.recv(_PIECE):
                    key.fileobj.send(_ANSWER)
                else:
                    selector.unregister(key.fileobj)


def pin(pids: Iterable[int], cores: set[int]) -> None:
    """Let every thread of these processes run on `cores` only."""
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(int(thread.name), cores)


@contextlib.contextmanager
def started_on(cores: set[int]) -> Iterator[None]:
    """What is started within may run on `cores` only, and knows it from its first moment."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


if __name__ == "__main__":
    print(f"\nThe load generator by itself: {measure_itself():,.0f} requests per processor second")
