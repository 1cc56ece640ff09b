"""What somebody may have laid under the name that a backup is written by, in a folder where others write, too."""

from __future__ import annotations

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
