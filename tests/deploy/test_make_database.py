"""deploy/postgresql/make-database.sh: the user whom the secret names, and nobody on the machine reads the password."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.servers.postgres import installed_programs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.postgres import PostgresServer

SCRIPT = Path(__file__).resolve().parents[2] / "deploy" / "postgresql" / "make-database.sh"
PASSWORD = r"it's \n $HOME `id` :'x' ünd"
SEEN = """#!/bin/sh
{ printf '%s\\n' "$@"; env; } > "$SEEN"
exec "$PSQL" "$@"
"""


class Container:
    """What the script finds there, with a name of its own on the server of the tests."""

    def __init__(self, server: PostgresServer, folder: Path) -> None:
        self.name = f"made{uuid4().hex}"
        self.secret, self.seen = folder / "database_password", folder / "seen"
        self._server, self._script = server, folder / "make-database.sh"
        text = SCRIPT.read_text().replace("/run/secrets/database_password", str(self.secret))
        self._script.write_text(text.replace("latchkey", self.name))
        self._programs = folder / "bin"
        self._programs.mkdir()
        (self._programs / "psql").write_text(SEEN)
        (self._programs / "psql").chmod(0o755)

    def run(self) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self._programs}{os.pathsep}{os.environ['PATH']}",
            "PSQL": str(installed_programs() / "psql"),
            "SEEN": str(self.seen),
            "PGHOST": str(self._server.folder),
            "PGCLIENTENCODING": "UTF8",
            "POSTGRES_USER": "postgres",
        }
        command = ["/bin/sh", str(self._script)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self._server.url_of("postgres")) as connection:
            return connection.execute(statement.encode(), [self.name]).fetchall()

    def remove(self) -> None:
        with psycopg.connect(self._server.url_of("postgres"), autocommit=True) as connection:
            for statement in ("DROP DATABASE IF EXISTS {}", "DROP ROLE IF EXISTS {}"):
                connection.execute(sql.SQL(statement).format(sql.Identifier(self.name)))


@pytest.fixture
def container(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[Container]:
    made = Container(postgres_server, tmp_path)
    yield made
    made.remove()


def is_password(verifier: str, password: str) -> bool:
    """Whether PostgreSQL keeps this password (RFC 5803)."""
    found = re.fullmatch(r"SCRAM-SHA-256\$(\d+):(.+)\$(.+):.+", verifier)
    assert found
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(found[2]), int(found[1]))
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    return hashlib.sha256(client_key).digest() == base64.b64decode(found[3])


@pytest.mark.parametrize("ending", ["", "\n", "\n\n"])
def test_user_has_the_password_of_the_secret_and_owns_its_database_alone(
    container: Container, ending: str
) -> None:
    container.secret.write_text(f"{PASSWORD}{ending}")
    ran = container.run()
    assert ran.returncode == 0, ran.stderr
    [(verifier, is_super)] = container.ask("SELECT rolpassword, rolsuper FROM pg_authid WHERE rolname = %s")
    assert (is_password(str(verifier), PASSWORD), is_super) == (True, False)
    owned = "SELECT datname FROM pg_database JOIN pg_authid a ON a.oid = datdba WHERE rolname = %s"
    assert container.ask(owned) == [(container.name,)]


def test_password_is_neither_an_argument_nor_in_the_environment(container: Container) -> None:
    container.secret.write_text("0123456789-the-secret")
    assert container.run().returncode == 0
    assert "POSTGRES_USER=postgres" in container.seen.read_text()
    assert "the-secret" not in container.seen.read_text()


@pytest.mark.parametrize("content", [None, "", "\n", "a folder"])
def test_no_user_is_made_without_a_password(container: Container, content: str | None) -> None:
    if content == "a folder":
        # What not even root can read.
        container.secret.mkdir()
    elif content is not None:
        container.secret.write_text(content)
    assert container.run().returncode != 0
    assert container.ask("SELECT FROM pg_authid WHERE rolname = %s") == []
