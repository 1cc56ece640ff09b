"""The file that a restore makes on SQLite: its mode, and what it is not written over."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from tests.make import make_account
from tests.ops.backup_world import back_up, restore
from webapp.ops.backup_sqlite import path_of, write_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_restored_database_has_the_mode_of_the_former(app: Flask, database_url: str, tmp_path: Path) -> None:
    make_account(app, "bob")
    file, database = back_up(app, tmp_path / "a.backup"), path_of(database_url)
    database.chmod(0o640)
    assert restore(app, file, "--replace", "--yes").exit_code == 0
    assert mode_of(database) == 0o640


def test_restored_database_where_there_was_none_is_for_its_owner_alone(
    app: Flask, make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    make_account(app, "bob")
    file, folder = back_up(app, tmp_path / "a.backup"), tmp_path / "new"
    new = make_app(DATABASE_URL=f"sqlite:///{folder}/a.db", INSTANCE_PATH=str(folder))
    folder.mkdir(exist_ok=True)
    ran = restore(new, file)
    assert ran.exit_code == 0, ran.output
    assert mode_of(folder / "a.db") == 0o600


def test_unpacking_overwrites_nothing(tmp_path: Path) -> None:
    precious, place = tmp_path / "precious", tmp_path / "a.db.restoring"
    precious.write_text("mine")
    os.link(precious, place)
    with pytest.raises(FileExistsError):
        write_sqlite(iter(()), place)
    assert precious.read_text() == "mine"
