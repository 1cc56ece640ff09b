"""Forgetting jobs that ended long ago."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, select

from webapp.core import clock
from webapp.infra.database import begin_writing, db
from webapp.infra.job_models import Job, JobItem

if TYPE_CHECKING:
    from sqlalchemy import Delete

KEPT: Final = timedelta(days=30)


def forget_jobs(most: int) -> int:
    """Delete so many items of a job that ended long ago, or the job once it has none, in the present unit; how many
    rows were. A job of ten thousand items is not deleted in one breath.
    """
    before = clock.now() - KEPT
    # By the index of when it began: what ended that long ago began before.
    old = select(Job.id).where(Job.created_at < before, Job.finished_at < before)
    job_id = db.session.scalar(old.order_by(Job.created_at, Job.id).limit(1))
    if job_id is None:
        return 0
    first = db.session.scalar(select(func.min(JobItem.number)).where(JobItem.job_id == job_id))
    begin_writing()
    if first is None:
        return _count(delete(Job).where(Job.id == job_id))
    return _count(delete(JobItem).where(JobItem.job_id == job_id, JobItem.number < first + most))


def _count(statement: Delete) -> int:
    deleted: Any = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(deleted.rowcount)
