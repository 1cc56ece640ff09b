"""One Latchkey of the cluster: `flask serve` in production, as an operator runs it."""

from __future__ import annotations

import http.client
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.cluster.places import private_file
from deploy.cluster.processes import Program, children_of
from tests.servers.postgres import installed_programs

if TYPE_CHECKING:
    from deploy.cluster.database import Database
    from deploy.cluster.store import Store

PROJECT_ROOT = Path(__file__).resolve().parents[2]
# As the container file and the systemd unit have it (docs/decisions/0021-memory.md).
_MALLOC = "glibc.malloc.arena_max=1:glibc.malloc.tcache_count=2"
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "TZ")


class Node:
    """One node. What is set on it counts from its next start:

    `environment` adds to or replaces its settings; `code` is the checkout it runs; `database_port` and `store_port` are
    where it reaches those two on this machine, so that a proxy may stand between.
    """

    def __init__(self, number: int, folder: Path, port: int, database: Database, store: Store) -> None:
        self.name = f"node-{number}"
        self.folder = folder / self.name
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.environment: dict[str, str] = {}
        self.code = PROJECT_ROOT
        self.database_port = database.port
        self.store_port = store.port
        self._database = database
        self._store = store
        self._program = Program(self.name, folder)
        self.log_path = self._program.log_path

    @property
    def python(self) -> str:
        """The interpreter of the environment that belongs to its code; of this process, where the code has none."""
        own = self.code / ".venv" / "bin" / "python"
        return str(own) if own.exists() else sys.executable

    def start(self) -> Node:
        """Start, and wait until it answers. Raises RuntimeError with its log when it ends instead."""
        self.begin()
        return self.wait()

    def begin(self) -> None:
        """Start, and do not wait."""
        self._program.start(
            [self.python, "-m", "flask", "--app", "wsgi", "serve"],
            cwd=self.code,
            environment=self._full_environment(),
        )

    def wait(self) -> Node:
        self._program.wait_until_ready(
            lambda: self._status("/healthz") == http.HTTPStatus.OK, f"{self.name} to answer"
        )
        return self

    def stop(self) -> int:
        """Stop as an operator does, and return the exit status; kill what does not stop."""
        return self._program.stop()

    def kill(self) -> None:
        """End supervisor and workers at once, as a power cut would."""
        self._program.kill()

    def restart(self) -> Node:
        self.stop()
        return self.start()

    def pause(self) -> None:
        """Hold all its processes still: a node that hangs."""
        self._program.pause()

    def resume(self) -> None:
        self._program.resume()

    def is_running(self) -> bool:
        return self._program.pid is not None

    def is_ready(self) -> bool:
        """Whether it says at /readyz that it can do its work."""
        return self._status("/readyz") == http.HTTPStatus.OK

    def worker_pids(self) -> list[int]:
        """The processes that answer, without the supervisor."""
        pid = self._program.pid
        return [] if pid is None else children_of(pid)

    def read_log(self) -> str:
        return self._program.read_log()

    def run_command(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run `flask --app wsgi ARGUMENTS` with this node's settings, as its operator would, who types `given`."""
        return subprocess.run(
            [self.python, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=self.code,
            env=self._full_environment(),
            capture_output=True,
            text=True,
            timeout=120,
            input=given,
            check=False,
        )

    def write_command(self, path: Path) -> None:
        """Make `path` a program that runs `flask --app wsgi …` with this node's settings."""
        settings = self._full_environment()
        lines = [
            f"export {name}={shlex.quote(value)}"
            for name, value in settings.items()
            if name not in _PASSED_ON
        ]
        lines.append(f'export PATH={shlex.quote(str(installed_programs()))}:"$PATH"')
        run = f'exec {shlex.quote(self.python)} -m flask --app wsgi "$@"'
        private_file(
            path, "\n".join(["#!/bin/sh", f"cd {shlex.quote(str(self.code))} || exit 1", *lines, run, ""])
        )
        path.chmod(0o700)

    def _full_environment(self) -> dict[str, str]:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        addresses = {
            "DATABASE_URL": self._database.url_through(self.database_port),
            "REDIS_URL": self._store.url_through(self.store_port),
        }
        files = {
            f"{name}_FILE": str(private_file(self.folder / name.lower(), address))
            for name, address in addresses.items()
            if name not in self.environment
        }
        return {
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            "APP_ENV": "production",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "INSTANCE_PATH": str(self.folder),
            "TRUSTED_PROXIES": "127.0.0.1",
            "PYTHONUNBUFFERED": "1",
            "GLIBC_TUNABLES": _MALLOC,
            # Backups take the programs of the database's own release.
            "PATH": f"{installed_programs()}{os.pathsep}{os.environ['PATH']}",
            **files,
            **self.environment,
        }

    def _status(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()
