"""How the server announces itself and how it stops."""

from __future__ import annotations

import signal
import time

import psutil
import pytest

from tests.ops.serving import read_all, serving
from webapp.ops.server import STOP_SECONDS


def test_announcement_is_all_that_a_life_with_an_idle_client_prints_and_the_next_life_follows_at_once() -> (
    None
):
    lines = ("Latchkey is at http://localhost:8000", "Set up: http://localhost:8000/setup/x")
    with serving(*lines) as first, first.send("/") as idle:
        assert idle.recv(4096).startswith(b"HTTP/1.1 200")
        begun = time.monotonic()
        first.stop()
        assert first.end() == (0, "\n".join([*lines, ""]), "")
        assert time.monotonic() - begun < STOP_SECONDS
    with serving(port=first.port) as second:
        assert second.ask("/").endswith(b"done")


def test_stop_finishes_the_requests_that_are_under_way() -> None:
    with serving() as server, server.send("/held") as held:
        server.ask("/when-held")
        with server.send("/release", "POST", "Content-Length: 1\r\n") as half_sent:
            server.stop()
            server.wait_until_closed()
            half_sent.sendall(b"x")
            assert read_all(half_sent).endswith(b"x")
            assert read_all(held).endswith(b"done")
        assert server.end() == (0, "", "")


LATE_NEWS = """
import os, threading, time
wait, asked = os.waitpid, {}
def wait_and_learn_late(pid, options):
    if options == os.WNOHANG:
        begun = asked.setdefault(pid, time.monotonic())
        return (0, 0) if time.monotonic() < begun + 0.5 else wait(pid, options)
    found = wait(pid, options)
    time.sleep(0.5)
    return found
os.waitpid = wait_and_learn_late
"""


def test_worker_whose_end_is_learned_late_is_not_taken_for_one_that_refuses_to_stop() -> None:
    with serving(before=LATE_NEWS) as server:
        server.ask("/")
        server.stop()
        assert server.end() == (0, "", "")


def worker_of(supervisor: int) -> int:
    """The one process that answers requests."""
    (worker,) = psutil.Process(supervisor).children()
    return int(worker.pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_to_the_whole_group_stops_at_once_and_quietly(number: int) -> None:
    with serving() as server:
        server.ask("/")
        begun = time.monotonic()
        server.stop(number, whole_group=True)
        assert server.end() == (0, "", "")
        assert time.monotonic() - begun < STOP_SECONDS


def test_worker_does_not_outlive_a_killed_supervisor() -> None:
    with serving() as server:
        worker = psutil.Process(worker_of(server.process.pid))
        server.stop(signal.SIGKILL)
        server.process.wait(10)
        psutil.wait_procs([worker], timeout=15)
        assert not worker.is_running()
