"""Backups in tests: PostgreSQL's own programs on the PATH, the commands, and a file to damage."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.cli.test_account_commands import run
from tests.servers.postgres import installed_programs
from webapp.core import clock
from webapp.ops.backup_file import PartWriter, new_head

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from click.testing import Result
    from flask import Flask


def put_programs_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore of the version of the tests' server."""
    monkeypatch.setenv("PATH", f"{installed_programs()}{os.pathsep}{os.environ['PATH']}")


def back_up(app: Flask, path: Path) -> Path:
    """A backup of the application's database, made by the command."""
    ran = run(app, "backup", str(path))
    assert ran.exit_code == 0, ran.output
    return path


def restore(app: Flask, path: Path, *options: str, given: str | None = None) -> Result:
    return run(app, "restore", str(path), *options, given=given)


def write_backup(path: Path, content: bytes, *, schema: str = "0001") -> Path:
    """A whole file of the application at work that holds this content, whatever it is."""
    with path.open("wb") as file:
        parts = PartWriter(file, new_head(clock.now(), "sqlite", schema))
        parts.write(content)
        parts.finish()
    return path
