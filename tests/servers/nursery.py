"""Processes that begin with Latchkey's libraries loaded: copies of one that imported them and did nothing else.

Loading takes more than a second of processor time, and a test run starts over a hundred servers and commands. A copy
goes on as a new interpreter would: arguments, environment, folder and streams are those it was given, the application
is made in it. It is a child of the test's process, so that it is waited for as any other.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import runpy
import socket
import subprocess
import sys
import threading
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_MOST_BYTES = 1 << 20
_PR_SET_CHILD_SUBREAPER = 36
# What an interpreter acts upon when it starts: a copy has started already.
_FOR_A_NEW_ONE = ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "PYTHONWARNINGS", "PYTHONPATH")
_lock = threading.Lock()
_nursery: socket.socket | None = None


class Nursling(subprocess.Popen[bytes]):
    """A process that somebody else started for us; to be waited for, asked and ended as if we had."""

    def __init__(self, pid: int, arguments: Sequence[str]) -> None:
        self.args = list(arguments)
        self.pid = pid
        self.returncode = None
        self.stdin = self.stdout = self.stderr = None
        self._child_created = True
        self._waitpid_lock = threading.Lock()
        self._sigint_wait_secs = 0.25


def start_module(
    module: str,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    streams: tuple[IO[bytes] | int, IO[bytes] | int, IO[bytes] | int],
) -> subprocess.Popen[bytes]:
    """As `python -m module arguments` in that folder, with these as its standard input, output and error."""
    if sys.platform != "linux" or any(name in environment for name in _FOR_A_NEW_ONE):
        command = [sys.executable, "-m", module, *arguments]
        given, output, errors = streams
        return subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdin=given, stdout=output, stderr=errors
        )
    order = {
        "module": module,
        "arguments": list(arguments),
        "environment": dict(environment),
        "folder": str(folder),
    }
    numbers = [each if isinstance(each, int) else each.fileno() for each in streams]
    with _lock:
        nursery = _open_nursery(folder)
        socket.send_fds(nursery, [json.dumps(order).encode()], numbers)
        pid = int(nursery.recv(32))
        # Only now it is our child, and can be waited for.
        nursery.recv(1)
    return Nursling(pid, [module, *arguments])


def _open_nursery(folder: Path) -> socket.socket:
    """The line to this process's own nursery, which ends with it."""
    global _nursery  # noqa: PLW0603 - one for each process
    if _nursery is None:
        # A copy's parent ends at once: orphans come to us and not to the first process of the machine.
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for each in (ours, theirs):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MOST_BYTES)
        command = [sys.executable, "-m", "tests.servers.nursery", str(theirs.fileno())]
        process = subprocess.Popen(command, cwd=folder, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        # It ends when our end of the line is closed, which is when we end.
        process.returncode = 0
        theirs.close()
        _nursery = ours
    return _nursery


def _serve(line: socket.socket) -> str:
    """Until the line is closed, for which this process ends. A copy returns with the module that it is to run."""
    while True:
        order, numbers, _flags, _address = socket.recv_fds(line, _MOST_BYTES, 3)
        if not order:
            sys.exit(0)
        first = os.fork()
        if first == 0:
            pid = os.fork()
            if pid:
                line.send(str(pid).encode())
                os._exit(0)
            line.close()
            return _become(json.loads(order), numbers)
        os.waitpid(first, 0)
        line.send(b".")
        for number in numbers:
            os.close(number)


def _become(order: dict[str, Any], numbers: Sequence[int]) -> str:
    """The module to be run, with everything around it as the order says."""
    for place, number in enumerate(numbers):
        os.dup2(number, place)
        os.close(number)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = [order["module"], *order["arguments"]]
    sys.stdin = os.fdopen(0, encoding="utf-8")
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", buffering=1)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", buffering=1, errors="backslashreplace")
    return str(order["module"])


def main() -> None:
    """The nursery itself."""
    # All that a server or a command loads in the end. Nothing of it does anything by being loaded.
    for name in ("granian.server.mp", "webapp.factory", "webapp.ops.commands", "tests.servers.canary"):
        importlib.import_module(name)
    module = _serve(socket.socket(fileno=int(sys.argv[1])))
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
