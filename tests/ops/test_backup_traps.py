"""What somebody may have laid under the name that a backup is written by, in a folder where others write, too."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_account_commands import run

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask


@pytest.mark.parametrize("trap", ["link", "pipe", "foreign"])
def test_backup_writes_into_nothing_that_somebody_else_has_laid_there(
    app: Flask, tmp_path: Path, trap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    precious, draft = tmp_path / "precious", tmp_path / "a.backup.part"
    precious.write_text("mine")
    precious.chmod(0o644)
    if trap == "link":
        os.link(precious, draft)
    elif trap == "foreign":
        draft.touch()
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    else:
        os.mkfifo(draft)
    ran = run(app, "backup", str(tmp_path / "a.backup"))
    assert (ran.exit_code, (tmp_path / "a.backup").exists(), draft.exists()) == (1, False, True)
    assert str(draft if trap != "pipe" else tmp_path / "a.backup") in ran.stderr
    assert (precious.read_text(), stat.S_IMODE(precious.stat().st_mode)) == ("mine", 0o644)


class FinishingBackup:
    """Another backup, which gives its file the final name, and its lock up, just before this one asks for that lock."""

    def __init__(self, draft: Path, times: int) -> None:
        self._draft, self._times, self._lock = draft, times, fcntl.flock
        self.finished: list[Path] = []

    def lock(self, descriptor: int, kind: int) -> None:
        if len(self.finished) < self._times and kind & fcntl.LOCK_NB:
            self.finished.append(self._draft.with_name(f"finished-{len(self.finished)}"))
            os.write(descriptor, b"whole")
            self._draft.rename(self.finished[-1])
        self._lock(descriptor, kind)


@pytest.mark.parametrize(("times", "is_made"), [(1, True), (1_000, False)])
def test_backup_that_another_one_has_just_finished_is_not_written_over(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, is_made: bool
) -> None:
    other = FinishingBackup(tmp_path / "a.backup.part", times)
    monkeypatch.setattr(fcntl, "flock", other.lock)
    ran = run(app, "backup", str(tmp_path / "a.backup"))
    assert (ran.exit_code == 0, (tmp_path / "a.backup").exists()) == (is_made, is_made)
    assert ("is taken away again and again. Use a folder of your own." in ran.stderr) is not is_made
    assert {each.read_bytes() for each in other.finished} == {b"whole"}


def test_backup_that_another_one_is_just_naming_is_not_disturbed(app: Flask, tmp_path: Path) -> None:
    draft, path = tmp_path / "a.backup.part", tmp_path / "b.backup"
    with draft.open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        os.link(draft, path)
        ran = run(app, "backup", str(tmp_path / "a.backup"))
    assert (ran.exit_code, f"Another backup is writing {tmp_path}/a.backup." in ran.stderr) == (1, True)
    assert draft.exists()


@pytest.mark.parametrize("is_taken", [True, False])
def test_nothing_is_written_over_where_files_have_no_second_names(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_taken: bool
) -> None:
    path = tmp_path / "a.backup"

    def refuse(_draft: Path, _path: Path) -> None:
        if is_taken:
            path.write_text("mine")
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    ran = run(app, "backup", str(path))
    assert (ran.exit_code, "is there already" in ran.stderr) == ((1, True) if is_taken else (0, False))
    assert (path.read_bytes() == b"mine") is is_taken
    assert not (tmp_path / "a.backup.part").exists()
