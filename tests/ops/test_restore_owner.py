"""Restoring by root, in the folder of the server's user: whose the database is then, and what is left alone there."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.make import make_account
from tests.ops.backup_world import back_up, restore
from webapp.infra.database import db
from webapp.ops.backup_file import BackupUnusable
from webapp.ops.backup_sqlite import path_of, write_sqlite
from webapp.ops.restore_sqlite import SqlitePlace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

# A server's user, where the tests may give files away.
OWNER = (4242, 4343) if os.geteuid() == 0 else (os.geteuid(), os.getegid())


def facts(path: Path) -> tuple[int, int, str]:
    found = path.stat()
    return found.st_uid, found.st_gid, f"{found.st_mode & 0o777:o}"


@pytest.mark.parametrize("owner", [OWNER, (os.geteuid(), OWNER[1])])
def test_restored_database_has_owner_and_mode_of_the_former(
    app: Flask, database_url: str, tmp_path: Path, owner: tuple[int, int]
) -> None:
    make_account(app, "bob")
    file, database = back_up(app, tmp_path / "a.backup"), path_of(database_url)
    os.chown(database, *owner)
    database.chmod(0o640)
    assert restore(app, file, "--replace", "--yes").exit_code == 0
    assert facts(database) == (*owner, "640")


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


@pytest.mark.parametrize("lay", [os.symlink, os.link])
@pytest.mark.parametrize("name", [".restoring", ".migrating"])
def test_restore_empties_nothing_that_was_laid_in_place_of_a_lock(
    app: Flask, tmp_path: Path, lay: Callable[[Path, Path], None], name: str
) -> None:
    make_account(app, "bob")
    file, precious, lock = back_up(app, tmp_path / "a.backup"), tmp_path / "precious", tmp_path / name
    precious.write_text("mine")
    lock.unlink(missing_ok=True)
    lay(precious, lock)
    ran = restore(app, file, "--replace", "--yes")
    assert ran.exit_code == 1
    assert f"{lock} is no plain file, as a lock has to be" in ran.stderr
    assert precious.read_text() == "mine"
    assert list(tmp_path.glob("latchkey.db.before-*")) == []


@pytest.mark.parametrize("lay", [os.symlink, os.link, shutil.copyfile])
def test_mode_and_owner_go_to_the_very_file_that_was_filled(
    at_work: Flask, database_url: str, tmp_path: Path, lay: Callable[[Path, Path], object]
) -> None:
    """Exchanged for a database of somebody else's, which would be opened to the server's user."""
    db.session.remove()
    db.engine.dispose()
    database, precious = path_of(database_url), tmp_path / "precious.db"
    shutil.copyfile(database, precious)
    precious.chmod(0o600)
    os.chown(database, *OWNER)
    database.chmod(0o644)
    place, before = SqlitePlace(database_url, "mark"), facts(precious)
    place.fill(iter(()))
    new = tmp_path / "latchkey.db.restoring"
    new.rename(tmp_path / "moved")
    lay(precious, new)
    with pytest.raises(BackupUnusable):
        place.swap(keep=True)
    assert facts(precious) == before


def test_unpacking_overwrites_nothing(tmp_path: Path) -> None:
    precious, place = tmp_path / "precious", tmp_path / "a.db.restoring"
    precious.write_text("mine")
    os.link(precious, place)
    with pytest.raises(FileExistsError):
        write_sqlite(iter(()), place)
    assert precious.read_text() == "mine"
