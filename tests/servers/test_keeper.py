"""A server of a test run ends with the run, even one that was killed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.servers.shared import RunFolder, is_running, wait_until

if TYPE_CHECKING:
    from pathlib import Path


def test_server_ends_when_the_run_it_lives_with_was_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-I", "-c", "input()"], stdin=subprocess.PIPE) as lifeline:
        run = RunFolder(tmp_path, lifeline.pid)
        run.start("sleeper", ["/bin/sleep", "50"])
        keeper = int((tmp_path / "sleeper.pid").read_text())
        assert is_running(keeper)
        lifeline.kill()
    wait_until(lambda: not is_running(keeper), "the keeper to notice", seconds=10)


def test_facts_are_made_once_however_many_ask(tmp_path: Path) -> None:
    made = []

    def start() -> dict[str, str]:
        made.append("once")
        return {"port": "1"}

    answers = [RunFolder(tmp_path, 1).once("thing", start) for _ in range(3)]
    assert answers == [{"port": "1"}] * 3
    assert made == ["once"]
