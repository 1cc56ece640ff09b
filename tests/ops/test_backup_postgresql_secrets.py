"""Secrets of DATABASE_URL beside the password, which PostgreSQL's programs get by a service file of their owner's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy.engine import make_url

from tests.ops.backup_world import back_up, put_programs_on_path, restore
from webapp.ops.backup_file import BackupUnusable
from webapp.ops.backup_postgresql import read_postgresql
from webapp.ops.backup_progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

    from tests.servers.postgres import PostgresServer

SAYING = """#!/bin/sh
[ "$1" != --version ] || { echo "pg_dump (PostgreSQL) 99"; exit; }
echo "$*"
echo "$PGSERVICEFILE"
stat -L -c '%a %u %h' "$PGSERVICEFILE"
cat "$PGSERVICEFILE"
"""
SECRET = " brief=taube #1 \\ 'x'"


def address(server: PostgresServer, **options: str) -> str:
    url = make_url(server.url_of("postgres")).update_query_dict(options)
    return url.render_as_string(hide_password=False)


def test_other_secrets_reach_the_program_by_a_private_file_alone(
    postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pg_dump").write_text(SAYING)
    (tmp_path / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    read = read_postgresql(address(postgres_server, sslpassword=SECRET, sslmode="prefer"), Progress())
    arguments, file, *rest = b"".join(read).decode().splitlines()
    assert ("taube" in arguments, "sslpassword" in arguments) == (False, False)
    assert "sslmode=prefer" in arguments
    owner = tmp_path.stat().st_uid
    assert rest == [f"600 {owner} 0", "[latchkey]", f"sslpassword={SECRET}"], "it has no name to be found by"
    assert file.startswith("/dev/fd/")


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_programs_themselves_take_the_private_file(
    make_app: Callable[..., Flask], database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_programs_on_path(monkeypatch)
    monkeypatch.setenv("PGSERVICEFILE", "/nowhere")
    app = make_app(DATABASE_URL=f"{database_url}&sslpassword=brieftaube")
    ran = restore(app, back_up(app, tmp_path / "a.backup"), "--replace", "--yes")
    assert ran.exit_code == 0, ran.output


@pytest.mark.parametrize(
    ("secret", "further", "words"),
    [
        ("two\nlines", {}, "has a line break"),
        ("blank ", {}, "ends with a blank"),
        ("x" * 300, {}, "it is too long"),
        ("x", {"service": "theirs"}, "put that into its service file"),
    ],
)
def test_secret_that_no_service_file_can_hold_is_refused(
    postgres_server: PostgresServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    secret: str,
    further: dict[str, str],
    words: str,
) -> None:
    put_programs_on_path(monkeypatch)
    services = tmp_path / "services"
    services.write_text("[theirs]\napplication_name=a\n")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    with pytest.raises(BackupUnusable) as refused:
        list(read_postgresql(address(postgres_server, sslpassword=secret, **further), Progress()))
    assert words in str(refused.value)
