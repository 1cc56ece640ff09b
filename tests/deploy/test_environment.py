"""The environment that `make` installs: begun anew for other packages, and the former one where that fails."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# As much of a Python as `make environment` asks of one; its pip fails where a file says so.
PYTHON = """#!/bin/sh
case "$1 $2" in
  "-c "*) echo "3.11 for a test";;
  "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/pip" && cp "$0" "$3/bin/python";;
  *) [ ! -e fails ];;
esac
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As a clone in which the environment was installed once."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "python").write_text(PYTHON)
    (tmp_path / "python").chmod(0o755)
    change_packages(tmp_path, "those of the release")
    assert install(tmp_path) == 0
    (tmp_path / ".venv" / "installed").write_text("")
    return tmp_path


def install(folder: Path) -> int:
    """The exit status of `make environment`."""
    command = ["make", "-s", "environment", f"PYTHON={folder / 'python'}"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False).returncode


def change_packages(folder: Path, content: str) -> None:
    (folder / "requirements.txt").write_text(content)


def list_environments(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.glob(".venv*") if each.is_dir())


def test_same_packages_are_not_installed_again(folder: Path) -> None:
    assert install(folder) == 0
    assert (folder / ".venv" / "installed").exists()


def test_other_packages_leave_nothing_of_the_former_environment(folder: Path) -> None:
    change_packages(folder, "those of the next")
    assert install(folder) == 0
    assert not (folder / ".venv" / "installed").exists()
    assert list_environments(folder) == [".venv"]


def test_environment_is_there_again_where_the_next_cannot_be_installed(folder: Path) -> None:
    change_packages(folder, "those of the next")
    (folder / "fails").write_text("")
    for _ in range(2):
        assert install(folder) == 2
        assert (folder / ".venv" / "installed").exists()
        assert list_environments(folder) == [".venv"]
    change_packages(folder, "those of the release")
    assert install(folder) == 0
    assert (folder / ".venv" / "installed").exists()


def test_environment_is_there_again_after_an_installation_that_was_killed(folder: Path) -> None:
    """Killed between moving the former environment away and the end: what was begun is no environment."""
    (folder / ".venv").rename(folder / ".venv.former")
    (folder / ".venv").mkdir()
    assert install(folder) == 0
    assert (folder / ".venv" / "installed").exists()
    assert list_environments(folder) == [".venv"]
