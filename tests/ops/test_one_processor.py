"""A worker keeps to one processor, goes where others leave more room, and lets passwords be hashed on all."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from webapp.ops.one_processor import better_processor

_TELL = """
import os, sys, threading
from concurrent.futures import ThreadPoolExecutor
from webapp.accounts.password_pool import PasswordPool
from webapp.ops.one_processor import keep_to_one_processor
if len(sys.argv) > 1:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
keep_to_one_processor()
seen = lambda: len(os.sched_getaffinity(0))
with ThreadPoolExecutor(1) as requests:
    pool = PasswordPool(1, 1)
    print(requests.submit(seen).result(), requests.submit(pool.run, seen, known_device=False).result())
"""


@pytest.mark.parametrize(
    ("busy", "own", "there"),
    [
        ({0: 1.0, 1: 0.1}, 0.95, 0),
        ({0: 1.0, 1: 0.1}, 0.5, 1),
        ({0: 0.9, 1: 0.5, 2: 0.3}, 0.3, 2),
        ({0: 1.0, 1: 0.8}, 0.1, 0),
        ({0: 0.0, 1: 0.0}, 0.0, 0),
    ],
)
def test_worker_goes_on_where_others_leave_more_room(busy: dict[int, float], own: float, there: int) -> None:
    assert better_processor(0, busy, own) == there


def test_requests_share_one_processor_and_passwords_have_all() -> None:
    told = subprocess.run([sys.executable, "-c", _TELL], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["1", str(len(os.sched_getaffinity(0)))]


def test_process_with_one_processor_stays_as_it_is() -> None:
    told = subprocess.run([sys.executable, "-c", _TELL, "one"], capture_output=True, text=True, check=True)
    assert told.stdout.split()[0] == "1"
