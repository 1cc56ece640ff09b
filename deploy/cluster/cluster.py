"""A whole installation on loopback: nodes, database, store and proxy, started and stopped together."""

from __future__ import annotations

import fcntl
import os
import secrets
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from deploy.cluster.database import Database
from deploy.cluster.node import Node
from deploy.cluster.places import keep_ports, keep_secrets, open_folder
from deploy.cluster.proxy import Proxy
from deploy.cluster.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

_WATCHDOG = Path(__file__).with_name("watchdog.py")
_OF_LATCHKEY = ("SECRET_KEY", "ENCRYPTION_KEY", "PASSWORD_PEPPER")


class Cluster:
    """Everything behind one address, kept in `folder`.

    `environment` adds to the settings of every node; each node's own may be changed afterwards. Ports are found free
    once and then kept; `port`, of the public address, may be given.
    """

    def __init__(
        self,
        folder: Path,
        *,
        environment: Mapping[str, str] | None = None,
        nodes: int = 2,
        port: int | None = None,
    ) -> None:
        self.folder = folder.absolute()
        open_folder(self.folder)
        files = keep_secrets(self.folder / "secrets")
        names = [f"node-{number}" for number in range(1, nodes + 1)]
        fixed = {} if port is None else {"https": port}
        ports = keep_ports(self.folder / "ports.json", ["https", "http", "database", "store", *names], fixed)
        self.database = Database(self.folder, ports["database"], files["DATABASE_PASSWORD"])
        self.store = Store(self.folder, ports["store"], files["STORE_PASSWORD"])
        self.proxy = Proxy(self.folder, ports["https"], ports["http"], [ports[name] for name in names])
        self.url = f"https://localhost:{self.proxy.port}"
        self.ca_path = self.proxy.ca_path
        self.nodes = [
            Node(number, self.folder, ports[name], self.database, self.store)
            for number, name in enumerate(names, 1)
        ]
        for node in self.nodes:
            node.environment = {
                "PUBLIC_URL": self.url,
                **{f"{name}_FILE": str(files[name]) for name in _OF_LATCHKEY},
                **(environment or {}),
            }
        self.command_path = self.folder / "flask"
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    def start(self) -> Cluster:
        """Start everything, and wait until all of it answers. Raises RuntimeError when it runs already."""
        self._hold()
        self.nodes[0].write_command(self.command_path)
        self._watchdog = subprocess.Popen(
            [sys.executable, "-I", str(_WATCHDOG), str(os.getpid()), str(self.folder)],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self.store.start()
            self.database.start()
            for node in self.nodes:
                node.begin()
            for node in self.nodes:
                node.wait()
            self.proxy.start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop everything, in the order in which nothing misses anything."""
        self.proxy.stop()
        with ThreadPoolExecutor() as at_once:
            list(at_once.map(Node.stop, self.nodes))
        self.store.stop()
        self.database.stop()
        if self._watchdog is not None:
            self._watchdog.terminate()
            self._watchdog.wait()
            self._watchdog = None
        if self._lock is not None:
            self._lock.close()

    def make_administrator(self, username: str = "ada") -> tuple[str, str]:
        """An administrator by the command that operators use: name and password."""
        password = secrets.token_urlsafe(18)
        made = self.nodes[0].run_command(
            *(
                "create-admin",
                "--username",
                username,
                "--email",
                f"{username}@example.org",
                "--password-stdin",
            ),
            given=f"{password}\n",
        )
        if made.returncode != 0:
            raise RuntimeError(f"create-admin failed: {made.stderr}")
        return username, password

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _hold(self) -> None:
        lock = (self.folder / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise RuntimeError(
                f"A cluster runs in {self.folder} already. Stop it, or name another folder."
            ) from None
        self._lock = lock
