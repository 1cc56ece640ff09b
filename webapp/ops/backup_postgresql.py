"""PostgreSQL's own programs: pg_dump for what goes into a backup, pg_restore for what comes out of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Final, NamedTuple

import psycopg
from sqlalchemy.engine import make_url

from webapp.infra.database import reason_of
from webapp.ops.backup_file import PART, BackupUnusable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.engine import URL

    from webapp.ops.backup_progress import Progress

# What else of an address is secret. PostgreSQL's library takes none of it from the environment.
_SECRETS: Final = ("sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")
_SERVICE: Final = "latchkey"
# The library reads a service file by lines of less than 1,024 bytes, and before PostgreSQL 13 of less than 256.
_LONGEST_LINE: Final = 250
_VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)")
_PATIENCE_SECONDS: Final = 10
_CURE: Final = (
    "Install PostgreSQL's client programs (Debian: postgresql-client) of its version or a newer one."
)


class _Address(NamedTuple):
    """DATABASE_URL without what is secret in it, the password, and the other secrets by name."""

    url: URL
    password: str | None
    others: dict[str, str]


def read_postgresql(database_url: str, progress: Progress) -> Iterator[bytes]:
    """The database at one moment, in the archive format of pg_dump. Raises BackupUnusable."""
    command = [*_program("pg_dump", database_url), "--format=custom", "--lock-wait-timeout=10s"]
    progress.begin("Reading the database")
    with (
        tempfile.TemporaryFile() as complaints,
        _started(command, database_url, complaints, stdout=subprocess.PIPE) as process,
    ):
        assert process.stdout is not None
        output = process.stdout
        try:
            yield from progress.count(iter(lambda: output.read(PART), b""))
        except BaseException:
            process.kill()
            raise
        _require_success(process, complaints, "pg_dump")
    progress.end()


def write_postgresql(content: Iterable[bytes], database_url: str) -> None:
    """Fill an empty database from what `read_postgresql` read, whole or not at all. Raises BackupUnusable."""
    command = [
        *(*_program("pg_restore", database_url), "--exit-on-error", "--single-transaction"),
        *("--no-owner", "--no-privileges", "--no-comments"),
    ]
    with (
        tempfile.TemporaryFile() as complaints,
        _started(command, database_url, complaints, stdin=subprocess.PIPE) as process,
    ):
        assert process.stdin is not None
        try:
            # When it ends before its input does, its own words say why.
            with suppress(BrokenPipeError):
                for piece in content:
                    process.stdin.write(piece)
            with suppress(BrokenPipeError):
                process.stdin.close()
        except BaseException:
            process.kill()
            raise
        _require_success(process, complaints, "pg_restore")


def connect(database_url: str, database: str | None = None) -> psycopg.Connection[tuple[object, ...]]:
    """A connection to this database of the server, or to another one, that begins no transaction by itself.

    Raises BackupUnusable.
    """
    url = _url(database_url)
    try:
        return psycopg.connect(
            _written(url.set(database=database or url.database)),
            autocommit=True,
            connect_timeout=_PATIENCE_SECONDS,
        )
    except psycopg.OperationalError as failure:
        raise BackupUnusable(
            f"The database cannot be opened: {reason_of(failure)}. Check DATABASE_URL."
        ) from None


def _program(name: str, database_url: str) -> list[str]:
    """The program and the database it is to work on, once it is known to be as new as the server."""
    path = shutil.which(name)
    if path is None:
        raise BackupUnusable(f"{name} is not on the PATH. {_CURE}")
    asked = [path, "--version"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60).stdout  # noqa: S603 - found above
    found = _VERSION.search(said)
    with connect(database_url) as connection:
        server = connection.info.server_version // 10_000
    if found is None or int(found[1]) < server:
        theirs = f"of version {found[1]}" if found else "of an unknown version"
        raise BackupUnusable(f"{name} is {theirs}, and the server of version {server}. {_CURE}")
    # The list of processes shows arguments to everybody on the machine: secrets go another way.
    address = _split(database_url)
    url = address.url.update_query_dict({"service": _SERVICE}) if address.others else address.url
    return [path, f"--dbname={_written(url)}"]


@contextmanager
def _started(
    command: list[str],
    database_url: str,
    complaints: IO[bytes],
    *,
    stdin: int | None = None,
    stdout: int | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    address = _split(database_url)
    environment = {**os.environ, "LC_ALL": "C", "PGCONNECT_TIMEOUT": str(_PATIENCE_SECONDS)}
    if address.password is not None:
        environment["PGPASSWORD"] = address.password
    # It has no name of its own, so that it is gone with the processes, however they end.
    with tempfile.TemporaryFile() as service:
        if address.others:
            service.write(_service_of(address).encode())
            service.seek(0)
            environment["PGSERVICEFILE"] = f"/dev/fd/{service.fileno()}"
        with subprocess.Popen(  # noqa: S603 - PostgreSQL's own program, and no shell
            command,
            env=environment,
            pass_fds=[service.fileno()],
            stderr=complaints,
            stdin=stdin or subprocess.DEVNULL,
            stdout=stdout,
        ) as process:
            yield process


def _service_of(address: _Address) -> str:
    """The other secrets as what is in a service file. Raises BackupUnusable."""
    if "service" in address.url.query or os.environ.get("PGSERVICE"):
        raise BackupUnusable(
            f"DATABASE_URL names {' and '.join(address.others)} beside a service of PostgreSQL's: put that into its "
            "service file, and take it out of DATABASE_URL."
        )
    lines = {name: f"{name}={value}" for name, value in address.others.items()}
    for name, line in lines.items():
        # As the library would read it: a line ends at its first break, without the blanks before that.
        if line != line.rstrip() or len(line.splitlines()) > 1 or len(line.encode()) > _LONGEST_LINE:
            raise BackupUnusable(
                f"The {name} in DATABASE_URL cannot be handed to PostgreSQL's programs: it is too long, ends with a "
                "blank, or has a line break. Choose another."
            )
    return "\n".join([f"[{_SERVICE}]", *lines.values(), ""])


def _require_success(process: subprocess.Popen[bytes], complaints: IO[bytes], name: str) -> None:
    if process.wait() != 0:
        complaints.seek(0)
        lines = complaints.read(2000).decode(errors="replace").splitlines()
        reason = (lines[0] if lines else f"exit status {process.returncode}").removeprefix(f"{name}: error: ")
        raise BackupUnusable(f"{name} failed: {reason.rstrip('.')}.")


def _written(url: URL) -> str:
    """As PostgreSQL's library reads it: SQLAlchemy leaves a password's blanks, and writes others as plus."""
    before, mark, query = url.render_as_string(hide_password=False).partition("?")
    return f"{before}{mark}{query.replace('+', '%20')}".replace(" ", "%20")


def _split(database_url: str) -> _Address:
    """What of an address everybody may see, and what not: a password in the query counts where there are two."""
    url = _url(database_url)
    given = {name: _last(url.query[name]) for name in ("password", *_SECRETS) if name in url.query}
    password = given.pop("password", url.password)
    # Not by `set`, for which None means "as before", and then asterisks would stand for it.
    shown = url.difference_update_query(["password", *_SECRETS])._replace(password=None)
    return _Address(shown, password, given)


def _last(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else value[-1]


def _url(database_url: str) -> URL:
    return make_url(database_url).set(drivername="postgresql")
