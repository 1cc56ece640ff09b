"""`flask backup` of PostgreSQL, which PostgreSQL's own program reads: which one, and how it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy.engine import make_url

from webapp.ops import backup_postgresql
from webapp.ops.backup_file import BackupUnusable
from webapp.ops.backup_progress import Progress

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.postgres import PostgresServer


@pytest.mark.parametrize("in_query", [False, True])
def test_password_of_postgresql_reaches_its_program_by_the_environment_alone(
    postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_query: bool
) -> None:
    program = tmp_path / "pg_dump"
    program.write_text('#!/bin/sh\necho "pg_dump (PostgreSQL) 99: $* with $PGPASSWORD"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    url = make_url(postgres_server.url_of("postgres"))
    if in_query:
        url = url.update_query_dict({"password": "p@ss word", "application_name": "backup"})
    else:
        url = url.set(password="p@ss word")
    read = backup_postgresql.read_postgresql(url.render_as_string(hide_password=False), Progress())
    said, _, password = b"".join(read).decode().rstrip().rpartition(" with ")
    assert password == "p@ss word"
    assert f"--dbname=postgresql://{url.username}@" in said
    assert ("p%40ss" in said, "password" in said, "application_name=backup" in said) == (
        False,
        False,
        in_query,
    )


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (None, "pg_dump is not on the PATH. Install"),
        ("12.1", "pg_dump is of version 12, and the server of version 18. Install"),
        ("(no idea)", "pg_dump is of an unknown version, and the server of version 18. Install"),
    ],
)
def test_backup_of_postgresql_names_the_program_it_needs(
    postgres_server: PostgresServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: str | None,
    words: str,
) -> None:
    if version:
        program = tmp_path / "pg_dump"
        program.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}'\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin" if version else str(tmp_path))
    with pytest.raises(BackupUnusable) as refused:
        list(backup_postgresql.read_postgresql(postgres_server.url_of("postgres"), Progress()))
    assert words in str(refused.value)


def test_blank_and_plus_of_an_option_arrive_as_they_are(postgres_server: PostgresServer) -> None:
    url = make_url(postgres_server.url_of("postgres")).update_query_dict(
        {"application_name": "two words+one"}
    )
    with backup_postgresql.connect(url.render_as_string(hide_password=False)) as connection:
        assert connection.execute("SHOW application_name").fetchone() == ("two words+one",)
