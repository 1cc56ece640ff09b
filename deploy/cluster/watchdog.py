"""Ends a cluster whose starter is gone: however it was killed, no server stays behind.

Used as `python watchdog.py PID FOLDER`. Each file NAME.running there has a process's number, its start and a signal.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

GRACE_SECONDS = 10


def is_same(pid: int, start: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19] == start
    except OSError:
        return False


def main() -> None:
    lifeline, folder = int(sys.argv[1]), Path(sys.argv[2])
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while os.getppid() == lifeline:
        time.sleep(0.2)
    left: list[tuple[int, str]] = []
    for note in folder.glob("*.running"):
        pid, start, stop = note.read_text().split()
        if is_same(int(pid), start):
            left.append((int(pid), start))
            with suppress(OSError):
                # Whoever is held still hears nothing; its children are of its group.
                os.killpg(int(pid), signal.SIGCONT)
                os.kill(int(pid), int(stop))
        note.unlink()
    until = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < until and any(is_same(*each) for each in left):
        time.sleep(0.1)
    for process, start in left:
        if is_same(process, start):
            with suppress(OSError):
                os.killpg(process, signal.SIGKILL)


if __name__ == "__main__":
    main()
