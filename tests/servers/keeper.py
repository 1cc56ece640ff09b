"""Runs a command for as long as another process lives: a killed test run leaves no server behind.

Used as `python keeper.py LIFELINE_PID USER_ID COMMAND...` (an empty user id: the present one).
A terminate signal or the end of that process ends the command.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

GRACE_SECONDS = 8


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def main() -> int:
    lifeline = int(sys.argv[1])
    stop = False

    def ask_to_stop(*_: object) -> None:
        nonlocal stop
        stop = True

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, ask_to_stop)
    user = int(sys.argv[2]) if sys.argv[2] else None
    groups: list[int] | None = None if user is None else []
    child = subprocess.Popen(sys.argv[3:], user=user, group=user, extra_groups=groups)
    while not stop and child.poll() is None and is_alive(lifeline):
        time.sleep(0.1)
    if child.poll() is None:
        # PostgreSQL reads an interrupt as "stop now, with clients connected"; a store takes it as a clean stop too.
        child.send_signal(signal.SIGINT)
        try:
            child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main())
