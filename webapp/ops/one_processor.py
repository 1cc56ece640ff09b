"""Keeps the threads of a worker on one processor for as long as nobody else wants that. Linux only.

An interpreter runs one of its threads at a time. Left alone, the system wakes each on another processor than the last
one, and a call costs two to three times the processor's time (decision 13). Threads of lower priority, such as those
that hash passwords, leave the interpreter for long: they may use all processors.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from webapp.core import clock

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

_LOOK_SECONDS = 1.0
_APART_SECONDS = 5.0
# Of a processor's time, by others: beyond it, requests would wait for their turn on a processor while another idles.
_CROWD: Final = 0.4
# user, system, irq and softirq in a line of /proc/stat; work of lower priority gives way by itself.
_BUSY_COLUMNS: Final = (1, 3, 6, 7)
_TICKS: Final = os.sysconf("SC_CLK_TCK") if sys.platform == "linux" else 100
# Workers are copies of one process and count themselves here, so that each begins on another processor.
_workers = multiprocessing.Value("i", 0)


def keep_to_one_processor() -> None:
    """Call it in a worker before it has threads. One that may use a single processor, by `taskset` say, stays there."""
    if sys.platform != "linux":
        return
    allowed = sorted(os.sched_getaffinity(0))
    with _workers.get_lock():
        place, _workers.value = _workers.value, _workers.value + 1
    if len(allowed) > 1:
        here = allowed[place % len(allowed)]
        os.sched_setaffinity(0, {here})
        threading.Thread(target=_watch, args=(here, allowed), name="one-processor", daemon=True).start()


def _watch(here: int, allowed: list[int]) -> None:
    """Spread out when others crowd the processor, and come together on the idlest one after a while.

    Ends when somebody outside has said where these threads are to run.
    """
    while os.sched_getaffinity(0) == {here}:
        busy, own = _measure(allowed)
        if busy.get(here, own) - own <= _CROWD:
            continue
        _move_to(set(allowed))
        # At random: two who crowd each other must not come together again at the same moment.
        time.sleep(_APART_SECONDS * random.uniform(0.7, 1.3))  # noqa: S311 - no secret
        if os.sched_getaffinity(0) != set(allowed):
            break
        busy, _ = _measure(allowed)
        here = min(busy, key=lambda number: busy[number], default=here)
        _move_to({here})


def _measure(processors: list[int]) -> tuple[dict[int, float], float]:
    """For the next moment: how busy each processor is, and this process, as shares of a processor's time."""
    begun, busy, own = clock.monotonic(), _busy_seconds(processors), _own_seconds()
    time.sleep(_LOOK_SECONDS)
    after, own_after = _busy_seconds(processors), _own_seconds()
    passed = clock.monotonic() - begun
    return {number: (after[number] - busy[number]) / passed for number in busy}, (own_after - own) / passed


def _busy_seconds(processors: list[int]) -> dict[int, float]:
    """How long each has worked since the machine started; without those that the system does not show."""
    wanted = {f"cpu{number}": number for number in processors}
    lines = (line.split() for line in Path("/proc/stat").read_text(encoding="ascii").splitlines())
    return {
        wanted[columns[0]]: sum(int(columns[each]) for each in _BUSY_COLUMNS) / _TICKS
        for columns in lines
        if columns and columns[0] in wanted
    }


def _own_seconds() -> float:
    """What the threads of full priority have used."""
    used = 0
    for thread in _list_threads():
        with suppress(OSError):
            used += int(_read(f"/proc/self/task/{thread}/schedstat").split()[0])
    return used / 1e9


def _move_to(processors: AbstractSet[int]) -> None:
    for thread in _list_threads():
        with suppress(OSError):
            os.sched_setaffinity(thread, processors)


def _list_threads() -> list[int]:
    """Those of the priority of this one. A thread that is over by now has none."""
    wanted, found = os.getpriority(os.PRIO_PROCESS, threading.get_native_id()), []
    for name in os.listdir("/proc/self/task"):  # noqa: PTH208 - as below
        with suppress(OSError):
            if os.getpriority(os.PRIO_PROCESS, int(name)) == wanted:
                found.append(int(name))
    return found


def _read(path: str) -> bytes:
    # Not by pathlib, which keeps the parts of every path in the table of names: a hundred a second made it grow.
    with open(path, "rb") as file:  # noqa: PTH123
        return file.read()
