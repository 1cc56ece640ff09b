"""One server for all the workers of a test run: the first that needs it starts it, the run's end stops it."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEEPER = Path(__file__).with_name("keeper.py")
START_SECONDS = 60


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that other processes wait for; it ends with the process that held it."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class RunFolder:
    """What the workers of one run share: a short path (a socket's may have 107 bytes) and the process to live with."""

    def __init__(self, path: Path, lifeline: int) -> None:
        self.path = path
        self.lifeline = lifeline

    def once(self, name: str, start: Callable[[], dict[str, str]]) -> dict[str, str]:
        """The facts `start` returned, to whichever worker asks and however often; `start` runs once in the run."""
        with locked(self.path / f"{name}.lock"):
            facts = self.path / f"{name}.json"
            if facts.exists():
                return dict(json.loads(facts.read_text()))
            found = start()
            facts.write_text(json.dumps(found))
            return found

    def start(self, name: str, command: list[str], *, user: int | None = None) -> None:
        """Start `command` under a keeper, as `user` where one is given; its output goes to a log in this folder."""
        output = (self.path / f"{name}.log").open("wb")
        process = subprocess.Popen(
            [
                sys.executable,
                "-I",
                str(KEEPER),
                str(self.lifeline),
                "" if user is None else str(user),
                *command,
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            # Coverage is of the product; a keeper outlives the moment when it is summed up.
            env={name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")},
            start_new_session=True,
        )
        output.close()
        (self.path / f"{name}.pid").write_text(str(process.pid))
        # The worker that started it may end before the run does: the keeper is nobody's child then.
        process.returncode = 0

    def stop_all(self) -> None:
        """End every server of the run, and wait for it."""
        pids = [int(file.read_text()) for file in self.path.glob("*.pid")]
        for pid in pids:
            end(pid)
        wait_until(lambda: not any(map(is_running, pids)), f"processes {pids} to end", seconds=15)


def end(pid: int) -> None:
    """Ask a process to end, if it is there."""
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return


def is_running(pid: int) -> bool:
    """Whether a process lives; one that has ended and was not waited for does not."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] == "Z")


def wait_until(is_ready: Callable[[], bool], what: str, *, seconds: float = START_SECONDS) -> None:
    """Ask again until it is so. Raises TimeoutError that names what was awaited."""
    deadline = time.monotonic() + seconds
    while not is_ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.02)
