"""PostgreSQL from the wheel, durable: what it has acknowledged outlives a power cut."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING, Literal

import psycopg
from psycopg import sql

from deploy.cluster.places import server_user
from deploy.cluster.processes import Program
from tests.servers.postgres import _reachable_binaries

if TYPE_CHECKING:
    from pathlib import Path

NAME = "latchkey"
# Everything that makes it durable is left as PostgreSQL has it: fsync, synchronous_commit, full_page_writes are on.
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "timezone": "UTC",
}
_STOPS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}


class Database:
    """The cluster's PostgreSQL: one database, owned by a user without further rights, as an operator would make it."""

    def __init__(self, folder: Path, port: int, password_file: Path) -> None:
        self.port = port
        self._password = password_file.read_text()
        self._password_file = password_file
        self._folder = folder
        self._data = folder / "postgresql"
        self._program = Program("postgresql", folder)
        self.log_path = self._program.log_path

    @property
    def url(self) -> str:
        """As DATABASE_URL takes it."""
        return self.url_through(self.port)

    def url_through(self, port: int) -> str:
        """The same database by way of another port of this machine, such as a proxy's."""
        return f"postgresql://{NAME}:{self._password}@127.0.0.1:{port}/{NAME}"

    def start(self) -> None:
        """Start, and wait until it answers; the first time, make the database and its owner."""
        is_new = not (self._data / "PG_VERSION").exists()
        binaries = _reachable_binaries(self._folder, server_user())
        if is_new:
            self._make(binaries)
        settings = [part for name, value in OPTIONS.items() for part in ("-c", f"{name}={value}")]
        self._program.start(
            [str(binaries / "postgres"), "-D", str(self._data), "-p", str(self.port), *settings],
            cwd=self._data,
            environment=_ENVIRONMENT,
            user=server_user(),
            stop_signal=signal.SIGINT,
        )
        self._program.wait_until_ready(self._answers, "PostgreSQL to answer")
        if is_new:
            self._make_database()

    def stop(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        self._program.stop(_STOPS[mode])

    def restart(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        self.stop(mode)
        self.start()

    def kill(self) -> None:
        """End all its processes at once; `start` recovers from what was written."""
        self._program.kill()

    def pause(self) -> None:
        """Hold all its processes still: a server that hangs."""
        self._program.pause()

    def resume(self) -> None:
        self._program.resume()

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection to the application's database, for whoever looks after it. Commits each statement."""
        return psycopg.connect(self.url, autocommit=True, connect_timeout=5)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._superuser_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def _superuser_url(self) -> str:
        return f"postgresql://postgres:{self._password}@127.0.0.1:{self.port}/postgres"

    def _make(self, binaries: Path) -> None:
        user = server_user()
        # What an interrupted start left there is nobody's data: the version is written last.
        shutil.rmtree(self._data, ignore_errors=True)
        self._data.mkdir(mode=0o700)
        password = self._folder / "initial-password"
        shutil.copyfile(self._password_file, password)
        password.chmod(0o600)
        if user is not None:
            os.chown(self._data, user, user)
            os.chown(password, user, user)
        made = subprocess.run(
            [
                *(str(binaries / "initdb"), "-D", str(self._data), "-U", "postgres", "--auth=scram-sha-256"),
                *("--pwfile", str(password), "--encoding=UTF8", "--no-locale", "--no-instructions"),
            ],
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            env=_ENVIRONMENT,
            capture_output=True,
            text=True,
            cwd=self._data,
            check=False,
        )
        password.unlink()
        if made.returncode != 0:
            raise RuntimeError(f"initdb failed: {made.stdout[-500:]}{made.stderr[-500:]}")

    def _make_database(self) -> None:
        with psycopg.connect(self._superuser_url, autocommit=True) as connection:
            name = sql.Identifier(NAME)
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(self._password))
            )
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))


_ENVIRONMENT = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
