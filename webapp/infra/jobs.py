"""The queue of jobs: made in the unit that asks for them, done in steps by whichever process is free.

A step and the note of how far the job has come are one unit of work, so that a job that was interrupted goes on where
it was, and nothing is done twice. Knows no kind of job: those are registered by the feature that does them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, select, update

from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.core.opaque import new_id
from webapp.infra.audit import record_event
from webapp.infra.database import begin_writing, db, insert_unless_there
from webapp.infra.job_errors import JobLost, JobNotFound, JobOver, JobQueued
from webapp.infra.job_items import add_subjects, write_notes
from webapp.infra.job_models import Job, JobFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Update

# Longer than any step takes; after it, others take over from a process that died.
CLAIM: Final = timedelta(seconds=60)
_CANDIDATES: Final = 8
_LONGEST_PROBLEM: Final = 300


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is this process's until the claim runs out. `attempts` counts this one, and names the claim."""

    job_id: str
    kind: str
    actor_id: str | None
    detail: dict[str, Any]
    created_at: datetime
    total: int
    position: int
    attempts: int
    is_stop_asked: bool


def queue_job(
    kind: str,
    *,
    name: str,
    actor_id: str | None,
    detail: Mapping[str, object],
    subjects: Sequence[str] = (),
    total: int = 0,
    job_id: str | None = None,
) -> str:
    """Add a job to the present unit, about these subjects (or about `total` things it finds itself). Its id.

    `name` is what people call it; it and `detail` are public facts. `job_id` is chosen by a form that may be sent
    twice: raises JobQueued then.
    """
    moment, job_id = clock.now(), job_id or new_id()
    amount = total or len(subjects)
    is_queued = insert_unless_there(
        Job,
        id=job_id,
        kind=kind,
        actor_id=actor_id,
        detail=_written({**detail, "name": name}),
        created_at=moment,
        due_at=moment,
        attempts=0,
        total=amount,
        position=0,
        refused=0,
    )
    if not is_queued:
        raise JobQueued
    add_subjects(job_id, subjects)
    facts = {"job": job_id, "name": name, "count": amount}
    record_event(EventName.JOB_STARTED, actor_id=actor_id, detail=facts)
    return job_id


def claim_job() -> Claim | None:
    """Take the job that has waited longest, in a unit that so far has only read; None when there is none."""
    moment = clock.now()
    due = select(Job.id, Job.attempts).where(_is_free(moment)).order_by(Job.due_at, Job.id)
    found = db.session.execute(due.limit(_CANDIDATES)).all()
    if not found:
        return None
    begin_writing()
    for job_id, attempts in found:
        if _take(job_id, attempts, moment):
            return read_claim(job_id, attempts + 1)
    return None


def take_job(job_id: str) -> Claim | None:
    """Take a job that the present unit has queued, to do it there and then; nobody else has seen it yet."""
    _take(job_id, 0, clock.now())
    return read_claim(job_id, 1)


def read_claim(job_id: str, attempts: int) -> Claim | None:
    """How a claimed job stands now; None when others have it, it was put off, or it is over."""
    row = db.session.execute(
        select(
            Job.kind, Job.actor_id, Job.detail, Job.created_at, Job.total, Job.position, Job.stop_asked_at
        ).where(
            Job.id == job_id,
            Job.attempts == attempts,
            Job.due_at.is_not(None),
            Job.claimed_until.is_not(None),
        )
    ).one_or_none()
    if row is None:
        return None
    return Claim(
        job_id,
        row.kind,
        row.actor_id,
        json.loads(row.detail),
        row.created_at,
        row.total,
        row.position,
        attempts,
        row.stop_asked_at is not None,
    )


def note_progress(
    claim: Claim,
    position: int,
    refused: Mapping[int, str] | None = None,
    *,
    remarks: Mapping[int, str] | None = None,
    detail: Mapping[str, object] | None = None,
) -> None:
    """In the unit of the step itself: the job has come so far; these items were refused, and of those something is to
    be said though they are done, each with a sentence. `detail` replaces that of the job.

    Raises JobLost.
    """
    values: dict[str, object] = {
        "position": position,
        "refused": Job.refused + len(refused or {}),
        "claimed_until": clock.now() + CLAIM,
    }
    if detail is not None:
        values["detail"] = _written({"name": claim.detail["name"], **detail})
    if not _change(_held(claim).values(**values)):
        raise JobLost
    write_notes(claim.job_id, {**(refused or {}), **(remarks or {})})


def put_off(claim: Claim, until: datetime) -> bool:
    """Let go of it until then: the database was away, a step failed, or others have their turn."""
    return _change(_held(claim).values(due_at=until, claimed_until=None))


def finish_job(claim: Claim, problem: str | None = None) -> bool:
    """It is over, well or with a problem; its file is erased. False when others have it now."""
    problem = None if problem is None else problem[:_LONGEST_PROBLEM]
    changed = _change(
        _held(claim).values(due_at=None, claimed_until=None, finished_at=clock.now(), problem=problem)
    )
    if not changed:
        return False
    db.session.execute(delete(JobFile).where(JobFile.job_id == claim.job_id))
    job = get_job(claim.job_id)
    facts = {"job": job.id, "name": claim.detail["name"], "count": job.position - job.refused}
    record_event(
        EventName.JOB_FINISHED,
        actor_id=job.actor_id,
        result="success" if problem is None else "failure",
        detail=facts if problem is None else {**facts, "reason": problem},
    )
    return True


def ask_to_stop(job_id: str, *, actor_id: str | None) -> None:
    """End it after the step at hand; what is done stays done. Asked again, nothing more happens.

    Raises JobNotFound, JobOver.
    """
    job, moment = get_job(job_id), clock.now()
    asked = _change(
        update(Job)
        .where(Job.id == job_id, Job.due_at.is_not(None), Job.stop_asked_at.is_(None))
        # Due now: one that waits for another try need not wait to be ended.
        .values(stop_asked_at=moment, due_at=moment)
    )
    if asked:
        facts = {"job": job_id, "name": json.loads(job.detail)["name"]}
        record_event(EventName.JOB_STOPPED, actor_id=actor_id, detail=facts)
    elif get_job(job_id).finished_at is not None:
        raise JobOver


def get_job(job_id: str) -> Job:
    """The job as it stands. Raises JobNotFound."""
    query = select(Job).where(Job.id == job_id).execution_options(populate_existing=True)
    job = db.session.scalar(query)
    if job is None:
        raise JobNotFound
    return job


def has_job(job_id: str) -> bool:
    """Whether there is a job by that id."""
    return db.session.scalar(select(Job.id).where(Job.id == job_id)) is not None


def count_unfinished() -> int:
    """Jobs that are not over."""
    return db.session.scalar(select(func.count()).select_from(Job).where(Job.due_at.is_not(None))) or 0


def _written(detail: Mapping[str, object]) -> str:
    return json.dumps(detail, sort_keys=True, ensure_ascii=False)


def _take(job_id: str, attempts: int, moment: datetime) -> bool:
    return _change(
        update(Job)
        .where(Job.id == job_id, Job.attempts == attempts, _is_free(moment))
        .values(
            claimed_until=moment + CLAIM,
            attempts=attempts + 1,
            started_at=func.coalesce(Job.started_at, moment),
        )
    )


def _is_free(moment: datetime) -> ColumnElement[bool]:
    return (Job.due_at <= moment) & (Job.claimed_until.is_(None) | (Job.claimed_until <= moment))


def _held(claim: Claim) -> Update:
    return update(Job).where(Job.id == claim.job_id, Job.attempts == claim.attempts, Job.due_at.is_not(None))


def _change(statement: Update) -> bool:
    changed: Any = db.session.execute(statement.execution_options(synchronize_session=False))
    return bool(changed.rowcount == 1)
