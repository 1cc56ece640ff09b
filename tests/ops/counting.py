"""A kind of job that marks each of its items as often as it is done, and a runner that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.infra import jobs
from webapp.infra.database import begin_writing, db, unit_of_work
from webapp.infra.job_items import next_subjects
from webapp.infra.job_models import Job, JobItem
from webapp.ops.job_runner import JobRunner

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from webapp.infra.jobs import Claim


def queue(size: int = 6, kind: str = "count") -> str:
    with unit_of_work():
        return jobs.queue_job(
            kind, name="Count", actor_id=None, detail={}, subjects=[f"item {each}" for each in range(size)]
        )


def count_two(claim: Claim) -> bool:
    """A step: each item is marked as often as it was done."""
    items = next_subjects(claim, 2)
    begin_writing()
    for number, _ in items:
        row = db.session.get_one(JobItem, (claim.job_id, number), populate_existing=True)
        row.subject += "+"
    db.session.flush()
    jobs.note_progress(claim, items[-1][0])
    return items[-1][0] == claim.total


def runner(app: Flask, step: Callable[[Claim], bool] = count_two, **options: float) -> JobRunner:
    return JobRunner(app, {"count": step}, **options)  # type: ignore[arg-type]


def job(job_id: str) -> Job:
    with unit_of_work(writes=False):
        return jobs.get_job(job_id)


def marks(job_id: str) -> list[int]:
    with unit_of_work(writes=False):
        rows = db.session.scalars(select(JobItem.subject).where(JobItem.job_id == job_id))
        return [each.count("+") for each in rows]
