"""The product's server in a process of its own, around any WSGI application."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SMALL = "tests.faults.slow_app:app"
SCRIPT = """
import sys
from types import SimpleNamespace
from webapp.ops.server import serve
host, port, target, *lines = sys.argv[1:]
sys.exit(serve(SimpleNamespace(host=host, port=int(port), redis_url=None), lines, target))
"""


def free_port(host: str = "127.0.0.1") -> int:
    """One that no outgoing connection of this machine can be given meanwhile: below the range they are taken from."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        with contextlib.suppress(OSError):
            port = random.randrange(12_000, 32_000)
            socket.create_server((host, port), family=family).close()
            return port


class Server:
    def __init__(
        self, *lines: str, host: str = "127.0.0.1", port: int | None = None, before: str = ""
    ) -> None:
        self.host, self.port = host, port or free_port(host)
        self.process = subprocess.Popen(
            [sys.executable, "-c", before + SCRIPT, host, str(self.port), SMALL, *lines],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def wait_until_open(self) -> None:
        end = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < end:
            # An answer, not a connection: the server probes its port first, and that takes connections and drops them.
            with contextlib.suppress(OSError):
                if self.ask("/").startswith(b"HTTP/1.1 "):
                    return
            time.sleep(0.02)
        self.process.kill()
        raise AssertionError(f"the server did not start: {self.end()}")

    def wait_until_closed(self) -> None:
        end = time.monotonic() + 20
        with contextlib.suppress(ConnectionRefusedError):
            while time.monotonic() < end:
                self.connect().close()
                time.sleep(0.02)
            raise AssertionError("the server still takes connections")

    def connect(self, source: str | None = None) -> socket.socket:
        return socket.create_connection((self.host, self.port), 15, (source, 0) if source else None)

    def send(
        self, path: str, method: str = "GET", headers: str = "", body: bytes = b"", source: str | None = None
    ) -> socket.socket:
        """A connection on which this request (or the part of it that is given) has been sent."""
        connection = self.connect(source)
        connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode() + body)
        return connection

    def ask(self, path: str) -> bytes:
        with self.send(path, headers="Connection: close\r\n") as connection:
            return read_all(connection)

    def stop(self, number: int = signal.SIGTERM, *, whole_group: bool = False) -> None:
        (os.killpg if whole_group else os.kill)(self.process.pid, number)

    def end(self) -> tuple[int, str, str]:
        """Exit code, standard output and standard error, once it has ended by itself."""
        output, errors = self.process.communicate(timeout=30)
        return self.process.returncode, output.decode(), errors.decode()


def read_all(connection: socket.socket) -> bytes:
    """Everything until the server closes."""
    received = b""
    while piece := connection.recv(65_536):
        received += piece
    return received


@contextlib.contextmanager
def serving(
    *lines: str, host: str = "127.0.0.1", port: int | None = None, before: str = ""
) -> Iterator[Server]:
    """`before` is a program that runs in the server's process first."""
    server = Server(*lines, host=host, port=port, before=before)
    try:
        server.wait_until_open()
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
            try:
                server.process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                server.stop(signal.SIGKILL, whole_group=True)
        for stream in (server.process.stdout, server.process.stderr):
            if stream:
                stream.close()
