"""Jobs that ask before they go on: they wait until somebody answers, or until their time runs out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from webapp.core import clock
from webapp.infra.database import db
from webapp.infra.job_models import Job
from webapp.infra.jobs import CLAIM, Claim, note_progress, put_off, read_claim

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


def await_answer(claim: Claim, until: datetime) -> None:
    """Let go of the job; its next step is done then, unless somebody answers before."""
    put_off(claim, until)


def take_waiting(job_id: str) -> Claim | None:
    """Take a job that waits, and that nobody is at, in the present unit; None when it does not."""
    moment = clock.now()
    attempts = db.session.scalar(
        select(Job.attempts).where(Job.id == job_id, Job.due_at > moment, Job.claimed_until.is_(None))
    )
    if attempts is None:
        return None
    taken: Any = db.session.execute(
        update(Job)
        .where(Job.id == job_id, Job.attempts == attempts, Job.due_at > moment, Job.claimed_until.is_(None))
        .values(claimed_until=moment + CLAIM, attempts=attempts + 1)
        .execution_options(synchronize_session=False)
    )
    return read_claim(job_id, attempts + 1) if taken.rowcount == 1 else None


def go_on(claim: Claim, detail: Mapping[str, object]) -> None:
    """Let the job that was taken begin anew at its first item, with this detail."""
    note_progress(claim, 0, detail=detail)
    db.session.execute(
        update(Job)
        .where(Job.id == claim.job_id)
        .values(refused=0)
        .execution_options(synchronize_session=False)
    )
    put_off(claim, clock.now())


def leave_out(claim: Claim, number: int) -> None:
    """Count so many items as left out that have a note already, or need none."""
    left_out = update(Job).where(Job.id == claim.job_id).values(refused=Job.refused + number)
    db.session.execute(left_out.execution_options(synchronize_session=False))


def detail_of(job: Job) -> dict[str, Any]:
    """What the job keeps of itself."""
    found: dict[str, Any] = json.loads(job.detail)
    return found
