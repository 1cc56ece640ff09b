"""`flask worker`, and the server that delivers by itself: soon, once, and without losing what they were at."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_account_commands import run
from tests.infra.mail_world import ADDRESS, queue, the_mail
from tests.mail_servers import read, scripted, settings_for, sink
from tests.servers.application import ENVIRONMENT
from tests.servers.live import PROJECT_ROOT
from tests.servers.shared import wait_until
from tests.servers.valkey import free_port
from webapp.ops.postman import Postman

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask

    from tests.servers.live import LiveServer

NO_JOBS = "Jobs done: 0. Waiting: 0.\n"


@pytest.fixture
def start_worker(database_url: str, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """`flask worker` in a process of its own, on this test's database."""
    started: list[subprocess.Popen[str]] = []

    def start(**environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "worker"],
            cwd=PROJECT_ROOT,
            env={**ENVIRONMENT, "DATABASE_URL": database_url, "INSTANCE_PATH": str(tmp_path), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.database
def test_worker_says_one_line_delivers_and_ends_when_told(
    app: Flask, start_worker: Callable[..., subprocess.Popen[str]]
) -> None:
    with sink() as found:
        with app.app_context():
            queue()
        worker = start_worker(**settings_for(found.port))
        assert found.arrived.wait(60)
        worker.send_signal(signal.SIGTERM)
        said, _ = worker.communicate(timeout=60)
        assert (worker.returncode, said) == (
            0,
            f"Letters go to localhost:{found.port}, and jobs are done, until this is stopped.\n",
        )
        assert len(found.taken) == 1
    with app.app_context():
        assert the_mail().delivered_at is not None


def test_worker_finishes_the_letter_at_hand_before_it_ends(
    app: Flask, start_worker: Callable[..., subprocess.Popen[str]]
) -> None:
    may_answer = threading.Event()
    with scripted() as server, app.app_context():
        server.before["content"] = lambda: may_answer.wait(60)
        queue()
        queue("second@example.org")
        worker = start_worker(**settings_for(server.port))
        server.await_step("content")
        for _ in range(2):
            worker.send_signal(signal.SIGINT)
        may_answer.set()
        assert (worker.wait(60), len(server.contents)) == (0, 1)


def test_killed_worker_leaves_the_letter_to_the_next(
    make_app: Callable[..., Flask], database_url: str, start_worker: Callable[..., subprocess.Popen[str]]
) -> None:
    with scripted(content=["hang"]) as server:
        app = make_app(**settings_for(server.port))
        with app.app_context():
            queue()
        worker = start_worker(**settings_for(server.port))
        server.await_step("content")
        worker.kill()
        worker.wait()
        assert run(app, "worker", "--once").stdout == NO_JOBS + "Delivered: 0. Given up: 0. Waiting: 1.\n"
        with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as database, database:
            database.execute("UPDATE mails SET claimed_until = '2020-01-01 00:00:00.000000'")
        assert run(app, "worker", "--once").stdout == NO_JOBS + "Delivered: 1. Given up: 0. Waiting: 0.\n"
        assert len({read(each)["Message-ID"] for each in server.contents}) == 1


def test_once_says_what_it_did_and_fails_when_the_server_is_away(make_app: Callable[..., Flask]) -> None:
    port = free_port()
    app = make_app(**settings_for(port))
    with app.app_context():
        queue()
    ran = run(app, "worker", "--once")
    assert (ran.exit_code, ran.stdout) == (1, NO_JOBS + "Delivered: 0. Given up: 0. Waiting: 1.\n")
    assert ran.stderr.endswith("Nobody answers at the port of SMTP_URL.\n")


def test_thread_of_the_server_is_woken_by_the_commit(make_app: Callable[..., Flask]) -> None:
    with sink() as found:
        app = make_app(**settings_for(found.port))
        postman = Postman(app, poll_seconds=3600)  # type: ignore[arg-type]
        thread = threading.Thread(target=postman.work, daemon=True)
        thread.start()
        for number in range(1, 4):
            with app.app_context():
                queue()
            wait_until(lambda: len(found.taken) == number, "the letter to arrive", seconds=20)  # noqa: B023
        postman.stop()
        thread.join(20)
        assert not thread.is_alive()


def test_live_server_delivers_by_itself(start_server: Callable[..., LiveServer]) -> None:
    with sink() as found:
        server = start_server(**settings_for(found.port))
        queue_into(server)
        assert found.arrived.wait(60)
        assert found.taken[0][1] == [ADDRESS]
        assert server.stop() == 0
        assert "Traceback" not in server.read_log()


def queue_into(server: LiveServer) -> None:
    """A letter from another process on the same database."""
    code = "from wsgi import app\nfrom tests.infra.mail_world import queue\nwith app.app_context(): queue()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT_ROOT,
        env=server._environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
