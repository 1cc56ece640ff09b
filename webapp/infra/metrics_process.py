"""What a process is at this moment: memory, processor time, open files, threads."""

from __future__ import annotations

import os
import resource
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from webapp.infra.metrics_catalogue import CPU, MEMORY, OPEN_FILES, THREADS

_MEMORY: Final = Path("/proc/self/statm")
_FILES: Final = Path("/proc/self/fd")
_TASKS: Final = Path("/proc/self/task")


def read_process() -> dict[str, float]:
    """Name of a metric -> its value; without those that this system does not tell."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    found: dict[str, float] = {
        CPU.name: used.ru_utime + used.ru_stime,
        THREADS.name: threading.active_count(),
    }
    with suppress(OSError, ValueError, IndexError):
        found[MEMORY.name] = int(_MEMORY.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
        found[OPEN_FILES.name] = len(os.listdir(_FILES))  # noqa: PTH208 - names only, and many of them
        # The server's own threads too, which Python does not know.
        found[THREADS.name] = len(os.listdir(_TASKS))  # noqa: PTH208
    return found
