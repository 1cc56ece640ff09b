"""How the server announces itself and how it stops."""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest

from tests.ops.serving import read_all, serving


def test_announcement_is_all_that_a_whole_life_prints() -> None:
    with serving("Latchkey is at http://localhost:8000", "Set up: http://localhost:8000/setup/x") as server:
        assert server.ask("/").startswith(b"HTTP/1.1 200")
        server.stop()
        code, output, errors = server.end()
    assert code == 0
    assert output == "Latchkey is at http://localhost:8000\nSet up: http://localhost:8000/setup/x\n"
    assert errors == ""


def test_stop_finishes_the_request_that_is_being_worked_on() -> None:
    with serving() as server, server.send("/held") as held, server.send("/release-later") as idle:
        server.ask("/when-held")
        release = server.send("/when-held")
        server.stop()
        with release, idle:
            assert b"200 OK" in read_all(release)
            os.kill(worker_of(server.process.pid), signal.SIGUSR1)
            assert read_all(held).endswith(b"done")
        assert server.end()[0] == 0


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
        assert time.monotonic() - begun < 5


def test_idle_connection_does_not_delay_the_stop() -> None:
    with serving() as server, server.send("/") as idle:
        assert idle.recv(4096)
        begun = time.monotonic()
        server.stop()
        assert server.end()[0] == 0
        assert time.monotonic() - begun < 5


def test_second_run_right_after_the_first_works() -> None:
    with serving() as first:
        first.ask("/")
        first.stop()
        assert first.end()[0] == 0
    with serving(port=first.port) as second:
        assert second.ask("/").endswith(b"done")


def test_worker_does_not_outlive_a_killed_supervisor() -> None:
    with serving() as server:
        worker = psutil.Process(worker_of(server.process.pid))
        server.stop(signal.SIGKILL)
        server.process.wait(10)
        psutil.wait_procs([worker], timeout=15)
        assert not worker.is_running()
