"""A program with its children and its log: started, asked to stop, killed, held still and let go on."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.shared import is_running, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

STOP_SECONDS = 20


class Program:
    """One program of the cluster. Its output is added to `log_path`; `note_path` tells a watchdog that it runs."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.log_path = folder / f"{name}.log"
        self.note_path = folder / f"{name}.running"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process that was started, None when it has ended."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        user: int | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        """Start it in a session of its own: Ctrl-C in a terminal reaches whoever started it alone."""
        if self.pid is not None:
            raise RuntimeError(f"{self.name} runs already")
        with os.fdopen(os.open(self.log_path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600), "ab") as output:
            self._process = subprocess.Popen(
                command,
                cwd=cwd,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
            )
        pid = self._process.pid
        self.note_path.write_text(f"{pid} {started_at(pid)} {int(stop_signal)}")

    def wait_until_ready(self, is_ready: Callable[[], bool], what: str) -> None:
        """Wait for `is_ready()`. Raises RuntimeError with the end of its log when it ends instead."""

        def ready() -> bool:
            if self.pid is None:
                raise RuntimeError(f"{self.name} did not start:\n{self.read_log()[-3000:]}")
            return is_ready()

        wait_until(ready, what)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, wait, and return its exit status (0 when it did not run); kill what does not end."""
        process, self._process = self._process, None
        if process is None:
            return 0
        family = [process.pid, *children_of(process.pid)]
        for pid in family:
            send(pid, signal.SIGCONT)
        with suppress(ProcessLookupError):
            process.send_signal(number)
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            kill_all(family)
            process.wait()
            raise
        finally:
            self.note_path.unlink(missing_ok=True)

    def kill(self) -> None:
        """End it and its children at once, as a power cut would."""
        process, self._process = self._process, None
        if process is None:
            return
        # Held still first, it starts no child that would be missed.
        send(process.pid, signal.SIGSTOP)
        family = [process.pid, *children_of(process.pid)]
        kill_all(family)
        process.wait()
        wait_until(lambda: not any(map(is_running, family)), f"the processes of {self.name} to be gone")
        self.note_path.unlink(missing_ok=True)

    def pause(self) -> None:
        """Hold it and its children still: connections stay open and nobody answers."""
        if (pid := self.pid) is not None:
            send(pid, signal.SIGSTOP)
            for child in children_of(pid):
                send(child, signal.SIGSTOP)

    def resume(self) -> None:
        if (pid := self.pid) is not None:
            for child in children_of(pid):
                send(child, signal.SIGCONT)
            send(pid, signal.SIGCONT)

    def read_log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""


def children_of(pid: int) -> list[int]:
    """Its children and theirs, as far as they live."""
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                for child in map(int, (task / "children").read_text().split()):
                    found += [child, *children_of(child)]
    return found


def started_at(pid: int) -> str:
    """When it was started, in ticks: with its number it names a process, though numbers are given again."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except OSError:
        return ""


def send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def kill_all(pids: Sequence[int]) -> None:
    for pid in pids:
        send(pid, signal.SIGKILL)
