"""Keeps the threads of a worker on one processor, and moves them on when others crowd it. Linux only.

An interpreter runs one of its threads at a time. Left alone, the system wakes each on another processor than the last
one, and a call costs two to three times the processor's time (decision 13). Threads that leave the interpreter for
long, such as those that hash passwords, take all processors again by themselves.
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
    from collections.abc import Mapping

_LOOK_SECONDS: Final = 5.0
# Of a processor's time. Less is not worth the cold caches.
_CROWD: Final = 0.25
# user, system, irq, softirq and steal in a line of /proc/stat; niced work, as of passwords, gives way by itself.
_BUSY_COLUMNS: Final = (1, 3, 6, 7, 8)
_TICKS: Final = os.sysconf("SC_CLK_TCK") if sys.platform == "linux" else 100
# Workers are copies of one process and count themselves here, so that each takes another processor.
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
        threading.Thread(target=_look_around, args=(here, allowed), name="one-processor", daemon=True).start()


def better_processor(here: int, busy: Mapping[int, float], own: float) -> int:
    """Where to go on: here, unless others keep this processor much busier than the idlest one.

    `busy` and `own` are shares of a processor's time, by everybody and by this process.
    """
    by_others = {number: share - own if number == here else share for number, share in busy.items()}
    idlest = min(by_others, key=lambda number: by_others[number])
    return idlest if by_others[here] - by_others[idlest] > _CROWD else here


def _look_around(here: int, allowed: list[int]) -> None:
    before, own_before, seen_at = _busy_seconds(allowed), time.process_time(), clock.monotonic()
    while os.sched_getaffinity(0) == {here}:
        time.sleep(_LOOK_SECONDS)
        busy, own, moment = _busy_seconds(allowed), time.process_time(), clock.monotonic()
        passed = moment - seen_at
        shares = {number: (busy[number] - before[number]) / passed for number in busy}
        there = better_processor(here, shares, (own - own_before) / passed) if here in busy else here
        # At random: two who crowd each other must not move on together again and again.
        if there != here and random.random() < 0.5:  # noqa: S311 - no secret
            here = there
            _move_to(here)
        before, own_before, seen_at = busy, own, moment


def _move_to(processor: int) -> None:
    """Threads that may use several processors chose so."""
    for entry in Path("/proc/self/task").iterdir():
        with suppress(OSError):
            if len(os.sched_getaffinity(int(entry.name))) == 1:
                os.sched_setaffinity(int(entry.name), {processor})


def _busy_seconds(processors: list[int]) -> dict[int, float]:
    """How long each has worked since the machine started; without those that the system does not show."""
    wanted = {f"cpu{number}": number for number in processors}
    lines = (line.split() for line in Path("/proc/stat").read_text(encoding="ascii").splitlines())
    return {
        wanted[columns[0]]: sum(int(columns[each]) for each in _BUSY_COLUMNS) / _TICKS
        for columns in lines
        if columns and columns[0] in wanted
    }
