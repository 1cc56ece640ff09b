"""Files in the folder of the server's user that root may use by hand: nothing laid there leads it anywhere else."""

from __future__ import annotations

import fcntl
import os
import stat
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_account_commands import run
from tests.infra.audit_world import record, seal
from webapp.infra.audit_anchor import FILE_NAME
from webapp.infra.database import DatabaseAway
from webapp.infra.metrics_files import FOLDER, MetricsFiles
from webapp.infra.own_files import locked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

# Whose folder it is, where the tests may give files away.
OWNER = (4242, 4343) if os.geteuid() == 0 else (os.geteuid(), os.getegid())


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    """A file of root's that the server's user would like to see emptied."""
    file = tmp_path / "elsewhere" / "precious"
    file.parent.mkdir()
    file.write_text("mine")
    file.chmod(0o644)
    return file


def lay(trap: str, place: Path, precious: Path) -> None:
    if trap == "link":
        place.symlink_to(precious)
    elif trap == "second name":
        os.link(precious, place)
    elif trap == "pipe":
        os.mkfifo(place)
    else:
        place.mkdir()


def facts(path: Path) -> tuple[str, str, int]:
    found = path.stat()
    return path.read_text(), f"{stat.S_IMODE(found.st_mode):o}", found.st_uid


def owner_of(path: Path) -> tuple[int, int]:
    return path.stat().st_uid, path.stat().st_gid


@pytest.mark.parametrize("trap", ["link", "second name", "pipe", "folder"])
@pytest.mark.parametrize(
    ("name", "command"),
    [(".migrating", ["db", "upgrade"]), (".lock-7261001", ["maintenance"])],
)
def test_command_does_nothing_to_what_was_laid_in_place_of_its_lock(
    app: Flask, tmp_path: Path, precious: Path, trap: str, name: str, command: list[str]
) -> None:
    before = facts(precious)
    lay(trap, tmp_path / name, precious)
    ran = run(app, *command)
    assert ran.exit_code == 1
    assert f"{tmp_path / name} is no plain file" in ran.stderr
    assert "Find out who has laid it there, remove it, and try again." in ran.stderr
    assert facts(precious) == before


def test_link_to_nothing_in_place_of_a_lock_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "made")
    with pytest.raises(DatabaseAway), locked(tmp_path / "lock"):
        pass
    assert not (tmp_path / "made").exists()


def test_lock_is_for_the_owner_of_its_folder_alone(tmp_path: Path) -> None:
    os.chown(tmp_path, *OWNER)
    with locked(tmp_path / "lock"):
        assert owner_of(tmp_path / "lock") == OWNER
        assert facts(tmp_path / "lock")[:2] == ("", "600")
        with (tmp_path / "lock").open() as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_file_with_content_in_place_of_a_lock_is_neither_emptied_nor_given_away(
    tmp_path: Path, precious: Path
) -> None:
    before = facts(precious)
    os.chown(tmp_path, *OWNER)
    precious.rename(tmp_path / "lock")
    with locked(tmp_path / "lock"):
        assert facts(tmp_path / "lock") == before


def test_head_of_the_trail_that_root_kept_is_of_the_owner_of_its_folder(
    at_work: Flask, tmp_path: Path
) -> None:
    os.chown(tmp_path, *OWNER)
    record(1)
    seal()
    assert owner_of(tmp_path / FILE_NAME) == OWNER


@pytest.mark.parametrize("target", ["nothing", "a database"])
def test_root_follows_no_link_of_another_to_a_database(
    make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    place, link = tmp_path / "elsewhere.db", tmp_path / "link.db"
    if target == "a database":
        (tmp_path / "latchkey.db").rename(place)
    link.symlink_to(place)
    os.chown(link, *OWNER, follow_symlinks=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    ran = run(make_app(DATABASE_URL=f"sqlite:///{link}"), "db", "upgrade")
    assert ran.exit_code == 1
    assert "The database file is a link that root has not made" in ran.stderr
    assert [each.name for each in tmp_path.glob("elsewhere*")] == (
        ["elsewhere.db"] if target == "a database" else []
    )


def test_link_to_the_database_that_is_ones_own_is_followed(
    make_app: Callable[..., Flask], database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "latchkey.db")
    ran = run(make_app(DATABASE_URL=f"sqlite:///{tmp_path}/link.db"), "db", "current")
    assert (ran.exit_code, "newest" in ran.output) == (0, True), ran.output


def test_counts_are_neither_written_nor_deleted_where_a_link_leads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "precious.json").write_text("mine")
    (tmp_path / FOLDER).symlink_to(other)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    files = MetricsFiles(tmp_path)
    files.begin()
    files.empty()
    assert files.write({"counts": []})["counts"] == []
    assert [each.name for each in other.iterdir()] == ["precious.json"]


def test_counts_are_written_over_nothing_that_bears_their_name(tmp_path: Path, precious: Path) -> None:
    before, files = facts(precious), MetricsFiles(tmp_path)
    files.begin()
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / f".{files._name}").symlink_to(precious)
    files.write({"counts": []})
    assert facts(precious) == before
    assert [each.name for each in (tmp_path / FOLDER).iterdir()] == [files._name]
