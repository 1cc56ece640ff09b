"""A worker keeps to one processor while nobody else wants it, and lets passwords be hashed on all."""

from __future__ import annotations

import os
import subprocess
import sys

_BEGIN = """
import os, subprocess, sys, time
from concurrent.futures import ThreadPoolExecutor
from webapp.accounts.password_pool import PasswordPool
from webapp.ops import one_processor
one_processor._LOOK_SECONDS, one_processor._APART_SECONDS = 0.3, 0.3
requests = ThreadPoolExecutor(1)
mine = lambda: len(os.sched_getaffinity(0))
def wait_for(number):
    until = time.monotonic() + 60
    while requests.submit(mine).result() != number and time.monotonic() < until:
        time.sleep(0.1)
    print(requests.submit(mine).result())
"""
_PASSWORDS = """
one_processor.keep_to_one_processor()
print(requests.submit(mine).result())
print(requests.submit(PasswordPool(1, 1).run, mine, known_device=False).result())
"""
_CROWDED = """
every = mine()
one_processor.keep_to_one_processor()
wait_for(1)
neighbour = subprocess.Popen([sys.executable, "-c", "while True: pass"])
wait_for(every)
neighbour.kill()
neighbour.wait()
wait_for(1)
"""
_GIVEN_ONE = """
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
one_processor.keep_to_one_processor()
print(mine())
"""


def run(script: str) -> list[int]:
    """What a process of its own prints."""
    command = [sys.executable, "-c", _BEGIN + script]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=140)
    return [int(line) for line in told.stdout.split()]


def test_requests_share_one_processor_and_passwords_have_all() -> None:
    assert run(_PASSWORDS) == [1, len(os.sched_getaffinity(0))]


def test_worker_spreads_out_when_others_crowd_its_processor_and_comes_together_again() -> None:
    assert run(_CROWDED) == [1, len(os.sched_getaffinity(0)), 1]


def test_process_that_was_given_one_processor_stays_there() -> None:
    assert run(_GIVEN_ONE) == [1]
