"""Jobs are done to their end and each item once, also when whoever does them is overtaken, killed or stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import select

from tests.ops.counting import count_two, job, marks, queue, runner
from tests.servers.shared import wait_until
from webapp.core import clock
from webapp.infra import jobs
from webapp.infra.database import begin_writing, db, unit_of_work
from webapp.infra.job_errors import JobOver
from webapp.infra.models import AuditEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from webapp.infra.jobs import Claim


@pytest.mark.database
def test_two_runners_on_one_queue_do_each_item_once(make_app: Callable[..., Flask]) -> None:
    nodes = [make_app() for _ in range(3)]
    with nodes[0].app_context():
        ids = [queue() for _ in range(4)]
    start = threading.Barrier(3)

    def work(node: Flask) -> None:
        start.wait(timeout=20)
        # Turns of no length: a job goes from one to the other after each step.
        does = runner(node, turn_seconds=0)
        while does.run_one():
            pass

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, nodes))
    with nodes[0].app_context():
        assert [marks(each) for each in ids] == [[1] * 6] * 4
        assert {(job(each).position, job(each).problem) for each in ids} == {(6, None)}


@pytest.mark.database
def test_step_whose_claim_ran_out_is_rolled_back_and_done_by_the_other(at_work: Flask) -> None:
    job_id = queue(2)

    def overtaken(claim: Claim) -> bool:
        is_done = count_two(claim)
        db.session.rollback()
        with time_machine.travel(clock.now() + jobs.CLAIM + timedelta(seconds=1), tick=False):
            thread = threading.Thread(target=runner(at_work).run_one)
            thread.start()
            thread.join(20)
        begin_writing()
        jobs.note_progress(claim, 2)
        return is_done

    runner(at_work, overtaken).run_one()
    assert (marks(job_id), job(job_id).attempts) == ([1, 1], 2)


def test_killed_process_leaves_the_job_to_the_next(app: Flask, database_url: str) -> None:
    with app.app_context():
        job_id = queue(200)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from tests.ops.counting import count_two, runner\n"
        "from tests.servers.application import build_app\n"
        "runner(build_app(Path(sys.argv[1]), sys.argv[2])).work()\n"
    )
    command = [sys.executable, "-c", code, app.instance_path, database_url]
    with subprocess.Popen(command) as process:
        with app.app_context():
            wait_until(lambda: job(job_id).position >= 4, "the job to be under way")
        process.send_signal(signal.SIGKILL)
        process.wait()
    with app.app_context():
        position = job(job_id).position
        assert 4 <= position < 200
        assert not runner(app).run_one()
        with time_machine.travel(clock.now() + jobs.CLAIM + timedelta(seconds=1), tick=True):
            assert runner(app, turn_seconds=600).run_one()
        assert (marks(job_id), job(job_id).problem) == ([1] * 200, None)


def test_stopped_runner_lets_go_at_once(at_work: Flask) -> None:
    job_id = queue()

    def stop_after(claim: Claim) -> bool:
        does.stop()
        return count_two(claim)

    does = runner(at_work, stop_after)
    does.work()
    assert (job(job_id).position, job(job_id).claimed_until) == (2, None)
    assert runner(at_work).run_one()
    assert marks(job_id) == [1] * 6


def test_job_asked_to_stop_ends_after_the_step_at_hand(at_work: Flask) -> None:
    job_id = queue()

    def asked_meanwhile(claim: Claim) -> bool:
        is_done = count_two(claim)
        jobs.ask_to_stop(claim.job_id, actor_id="somebody")
        return is_done

    runner(at_work, asked_meanwhile).run_one()
    assert marks(job_id) == [1, 1, 0, 0, 0, 0]
    assert "stopped before its end" in (job(job_id).problem or "")
    with pytest.raises(JobOver), unit_of_work():
        jobs.ask_to_stop(job_id, actor_id=None)
    with unit_of_work(writes=False):
        told = db.session.execute(
            select(AuditEvent.name, AuditEvent.actor_id, AuditEvent.result)
            .where(AuditEvent.name.in_(["job.started", "job.stopped", "job.finished"]))
            .order_by(AuditEvent.id)
        )
        assert [tuple(each) for each in told] == [
            ("job.started", None, "success"),
            ("job.stopped", "somebody", "success"),
            ("job.finished", None, "failure"),
        ]
