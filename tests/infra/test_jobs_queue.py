"""The queue of jobs: claimed by one, queued once, refused and remarked items, and forgotten in pieces."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import func, select

from webapp.core import clock
from webapp.core.opaque import new_id
from webapp.infra import jobs
from webapp.infra.database import db, unit_of_work
from webapp.infra.job_errors import JobLost, JobNotFound, JobQueued
from webapp.infra.job_files import add_piece, read_piece
from webapp.infra.job_items import list_noted, list_unnoted
from webapp.infra.job_models import Job, JobFile, JobItem
from webapp.infra.job_purge import KEPT, forget_jobs

if TYPE_CHECKING:
    from flask import Flask


def queue(size: int = 3, job_id: str | None = None) -> str:
    with unit_of_work():
        subjects = [f"item {each}" for each in range(1, size + 1)]
        return jobs.queue_job(
            "count", name="Count", actor_id=None, detail={"x": 1}, subjects=subjects, job_id=job_id
        )


def claim() -> jobs.Claim | None:
    with unit_of_work(writes=False):
        return jobs.claim_job()


@pytest.mark.database
def test_of_eight_who_claim_one_job_at_once_one_has_it(app: Flask) -> None:
    with app.app_context():
        queue()
    start = threading.Barrier(8)

    def try_it(_: int) -> bool:
        with app.app_context(), unit_of_work(writes=False):
            db.session.execute(select(Job.id)).all()
            start.wait(timeout=20)
            return jobs.claim_job() is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_it, range(8))) == 1


@pytest.mark.database
def test_job_of_a_form_sent_twice_at_once_is_queued_once(app: Flask) -> None:
    job_id, start = new_id(), threading.Barrier(2)

    def try_it(_: int) -> bool:
        with app.app_context():
            start.wait(timeout=20)
            try:
                queue(job_id=job_id)
            except JobQueued:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(try_it, range(2))) == 1
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.scalar(select(func.count()).select_from(JobItem)) == 3


def test_claim_that_ran_out_is_anothers_and_the_first_can_note_nothing(at_work: Flask) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        job_id = queue()
        first = claim()
        traveller.shift(jobs.CLAIM - timedelta(seconds=1))
        assert claim() is None
        traveller.shift(timedelta(seconds=1))
        second = claim()
    assert first is not None
    assert second is not None
    assert (second.job_id, second.attempts, second.detail) == (job_id, 2, {"x": 1, "name": "Count"})
    with pytest.raises(JobLost), unit_of_work():
        jobs.note_progress(first, 1)
    with unit_of_work():
        assert not jobs.finish_job(first)
        assert not jobs.put_off(first, clock.now())
        jobs.note_progress(second, 1)


def test_refused_and_remarked_items_are_told_apart(at_work: Flask) -> None:
    job_id = queue()
    mine = claim()
    assert mine is not None
    with unit_of_work():
        jobs.note_progress(mine, 3, {1: "It is locked already."}, remarks={3: "Done, " + "x" * 400})
    with unit_of_work(writes=False):
        assert (jobs.get_job(job_id).refused, list(list_unnoted(job_id, 3))) == (1, ["item 2"])
        assert [(each.number, len(each.note or "")) for each in list_noted(job_id)] == [(1, 21), (3, 300)]
        assert [each.number for each in list_noted(job_id, after=1)] == [3]


def test_file_of_a_job_is_sealed_and_erased_at_its_end(at_work: Flask) -> None:
    job_id = queue()
    with unit_of_work():
        for number, piece in enumerate([b"first ", b"second"], 1):
            add_piece(job_id, number, piece)
    with unit_of_work(writes=False):
        assert [read_piece(job_id, number) for number in (1, 2, 3)] == [b"first ", b"second", b""]
        assert b"first" not in b"".join(db.session.scalars(select(JobFile.body)))
    mine = claim()
    assert mine is not None
    with unit_of_work():
        assert jobs.finish_job(mine)
    with unit_of_work(writes=False):
        assert [read_piece(job_id, number) for number in (1, 2)] == [b"", b""]


def test_jobs_are_forgotten_a_month_after_they_end_piece_by_piece(at_work: Flask) -> None:
    old, unfinished = queue(5), queue(1)
    mine = claim()
    assert mine is not None
    with unit_of_work():
        jobs.finish_job(mine)

    def forget() -> int:
        with unit_of_work(writes=False):
            return forget_jobs(2)

    with time_machine.travel(clock.now() + KEPT - timedelta(minutes=1), tick=False) as traveller:
        assert forget() == 0
        traveller.shift(timedelta(minutes=2))
        assert [forget() for _ in range(5)] == [2, 2, 1, 1, 0]
    with unit_of_work(writes=False):
        assert jobs.get_job(unfinished).id == unfinished
        with pytest.raises(JobNotFound):
            jobs.get_job(old)
