"""Whose the database is after a restore, which root may have made: the server's user has to write to it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.make import make_account
from tests.ops.backup_world import back_up, restore
from webapp.ops.backup_sqlite import path_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

# A server's user, where the tests may give files away.
OWNER = (4242, 4343) if os.geteuid() == 0 else (os.geteuid(), os.getegid())


def facts(path: Path) -> tuple[int, int, str]:
    found = path.stat()
    return found.st_uid, found.st_gid, f"{found.st_mode & 0o777:o}"


def test_restored_database_has_owner_and_mode_of_the_former(
    app: Flask, database_url: str, tmp_path: Path
) -> None:
    make_account(app, "bob")
    file, database = back_up(app, tmp_path / "a.backup"), path_of(database_url)
    os.chown(database, *OWNER)
    database.chmod(0o640)
    assert restore(app, file, "--replace", "--yes").exit_code == 0
    assert facts(database) == (*OWNER, "640")


def test_restored_database_where_there_was_none_is_of_the_owner_of_its_folder_alone(
    app: Flask, make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    make_account(app, "bob")
    file, folder = back_up(app, tmp_path / "a.backup"), tmp_path / "new"
    folder.mkdir()
    os.chown(folder, *OWNER)
    new = make_app(DATABASE_URL=f"sqlite:///{folder}/a.db", INSTANCE_PATH=str(folder))
    ran = restore(new, file)
    assert ran.exit_code == 0, ran.output
    assert facts(folder / "a.db") == (*OWNER, "600")
    assert {facts(each)[:2] for each in folder.iterdir()} == {OWNER}
