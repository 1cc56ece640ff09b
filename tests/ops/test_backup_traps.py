"""What somebody may have laid under the name that a backup is written by, in a folder where others write, too."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_account_commands import run

if TYPE_CHECKING:
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


@pytest.mark.parametrize("is_there", [True, False])
def test_copy_is_written_to_no_file_that_took_its_name(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    precious, make = tmp_path / "precious.db", tempfile.mkstemp
    if is_there:
        shutil.copyfile(tmp_path / "latchkey.db", precious)
    before = precious.read_bytes() if is_there else None

    def make_and_exchange(**where: Any) -> tuple[int, str]:
        descriptor, name = make(**where)
        Path(name).unlink()
        Path(name).symlink_to(precious)
        return descriptor, name

    monkeypatch.setattr(tempfile, "mkstemp", make_and_exchange)
    ran = run(app, "backup", str(tmp_path / "a.backup"))
    assert (ran.exit_code, (tmp_path / "a.backup").exists()) == (1, False)
    assert ("was exchanged for another file" in ran.stderr) is is_there
    assert (precious.read_bytes() if precious.exists() else None) == before
