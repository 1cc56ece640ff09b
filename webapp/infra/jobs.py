"""The queue of jobs: made in the unit that asks for them, done in steps by whichever process is free.

A step and the note of how far the job has come are one unit of work, so that a job that was interrupted goes on where
it was, and nothing is done twice. Knows no kind of job: those are registered by the feature that does them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, insert, select, update

from webapp.core import clock
from webapp.core.errors import Conflict, NotFound
from webapp.core.opaque import new_id
from webapp.core.parts import part
from webapp.infra.database import begin_writing, db
from webapp.infra.job_models import Job, JobFile, JobItem
from webapp.infra.sealing import Sealer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Update

# Longer than any step takes; after it, others take over from a process that died.
CLAIM: Final = timedelta(seconds=60)
KEPT: Final = timedelta(days=30)
_CANDIDATES: Final = 8
_LONGEST_NOTE: Final = 300


class JobNotFound(NotFound):
    """No job by that id, or one that is forgotten."""

    code = "job_not_found"
    message = "There is no such job. Jobs are forgotten 30 days after they end."


class JobOver(Conflict):
    """It ended before it could be stopped."""

    code = "job_over"
    message = "This job is over already."


class JobLost(Exception):
    """The claim ran out and others have the job: what this unit did must be rolled back."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is this process's until the claim runs out. `attempts` counts this one, and names the claim."""

    job_id: str
    kind: str
    actor_id: str | None
    detail: dict[str, Any]
    total: int
    position: int
    attempts: int
    is_stop_asked: bool


def queue_job(
    kind: str,
    *,
    actor_id: str | None,
    detail: Mapping[str, object],
    subjects: Sequence[str] = (),
    total: int = 0,
) -> str:
    """Add a job to the present unit, about these subjects (or about `total` things it finds itself). Its id."""
    moment, job_id = clock.now(), new_id()
    db.session.add(
        Job(
            id=job_id,
            kind=kind,
            actor_id=actor_id,
            detail=json.dumps(detail, sort_keys=True, ensure_ascii=False),
            created_at=moment,
            due_at=moment,
            total=total or len(subjects),
        )
    )
    db.session.flush()
    if subjects:
        rows = [
            {"job_id": job_id, "number": number, "subject": each} for number, each in enumerate(subjects, 1)
        ]
        db.session.execute(insert(JobItem), rows)
    return job_id


def add_file(job_id: str, number: int, body: bytes) -> None:
    """Keep a piece of the job's file, sealed, as number 1, 2, 3, …"""
    sealed = part(Sealer).seal(body, _context(job_id, number))
    db.session.add(JobFile(job_id=job_id, number=number, body=sealed))


def read_file(job_id: str) -> Iterator[bytes]:
    """The pieces of the job's file in their order. Raises SealBroken."""
    for number in db.session.scalars(
        select(JobFile.number).where(JobFile.job_id == job_id).order_by(JobFile.number)
    ).all():
        yield read_piece(job_id, number)


def read_piece(job_id: str, number: int) -> bytes:
    """One piece of the job's file; empty when there is none by that number. Raises SealBroken."""
    body = db.session.scalar(select(JobFile.body).where(JobFile.job_id == job_id, JobFile.number == number))
    return b"" if body is None else part(Sealer).unseal(body, _context(job_id, number))


def claim_job() -> Claim | None:
    """Take the job that has waited longest, in a unit that so far has only read; None when there is none."""
    moment = clock.now()
    free = _is_free(moment)
    due = select(Job.id, Job.attempts).where(free).order_by(Job.due_at, Job.id).limit(_CANDIDATES)
    found = db.session.execute(due).all()
    if not found:
        return None
    begin_writing()
    for job_id, attempts in found:
        claimed = _change(
            update(Job)
            .where(Job.id == job_id, Job.attempts == attempts, free)
            .values(
                claimed_until=moment + CLAIM,
                attempts=attempts + 1,
                started_at=func.coalesce(Job.started_at, moment),
            )
        )
        if claimed:
            return read_claim(job_id, attempts + 1)
    return None


def read_claim(job_id: str, attempts: int) -> Claim | None:
    """How a claimed job stands now; None when others have it, or it is over."""
    row = db.session.execute(
        select(Job.kind, Job.actor_id, Job.detail, Job.total, Job.position, Job.stop_asked_at).where(
            Job.id == job_id, Job.attempts == attempts, Job.due_at.is_not(None)
        )
    ).one_or_none()
    if row is None:
        return None
    return Claim(
        job_id,
        row.kind,
        row.actor_id,
        json.loads(row.detail),
        row.total,
        row.position,
        attempts,
        row.stop_asked_at is not None,
    )


def next_subjects(claim: Claim, most: int) -> list[tuple[int, str]]:
    """Number and subject of so many items after the job's position."""
    query = select(JobItem.number, JobItem.subject).where(
        JobItem.job_id == claim.job_id, JobItem.number > claim.position
    )
    return [
        (row.number, row.subject) for row in db.session.execute(query.order_by(JobItem.number).limit(most))
    ]


def note_progress(
    claim: Claim,
    position: int,
    notes: Mapping[int, str] | None = None,
    *,
    detail: Mapping[str, object] | None = None,
) -> None:
    """In the unit of the step itself: the job has come so far, and these items were refused, each with a sentence.

    Raises JobLost.
    """
    values: dict[str, object] = {
        "position": position,
        "refused": Job.refused + len(notes or {}),
        "claimed_until": clock.now() + CLAIM,
    }
    if detail is not None:
        values["detail"] = json.dumps(detail, sort_keys=True, ensure_ascii=False)
    if not _change(_held(claim).values(**values)):
        raise JobLost
    for number, note in (notes or {}).items():
        db.session.execute(
            update(JobItem)
            .where(JobItem.job_id == claim.job_id, JobItem.number == number)
            .values(note=note[:_LONGEST_NOTE])
            .execution_options(synchronize_session=False)
        )


def add_notes(job_id: str, notes: Iterable[tuple[int, str, str]]) -> None:
    """Items that were not known before: number, subject and note, such as a line of a file and what is wrong in it."""
    rows = [
        {"job_id": job_id, "number": number, "subject": subject[:254], "note": note[:_LONGEST_NOTE]}
        for number, subject, note in notes
    ]
    if rows:
        db.session.execute(insert(JobItem), rows)


def put_off(claim: Claim, until: datetime) -> bool:
    """Let go of it until then: the database was away, or a step failed."""
    return _change(_held(claim).values(due_at=until, claimed_until=None))


def finish_job(claim: Claim, problem: str | None = None) -> bool:
    """It is over, well or with a problem; its file is erased. False when others have it now."""
    changed = _change(
        _held(claim).values(
            due_at=None,
            claimed_until=None,
            finished_at=clock.now(),
            problem=None if problem is None else problem[:_LONGEST_NOTE],
        )
    )
    if changed:
        db.session.execute(delete(JobFile).where(JobFile.job_id == claim.job_id))
    return changed


def ask_to_stop(job_id: str) -> None:
    """End it after the step at hand; what is done stays done. Raises JobNotFound, JobOver."""
    get_job(job_id)
    asked = _change(
        update(Job)
        .where(Job.id == job_id, Job.due_at.is_not(None))
        .values(stop_asked_at=func.coalesce(Job.stop_asked_at, clock.now()))
    )
    if not asked:
        raise JobOver


def get_job(job_id: str) -> Job:
    """The job as it stands. Raises JobNotFound."""
    query = select(Job).where(Job.id == job_id).execution_options(populate_existing=True)
    job = db.session.scalar(query)
    if job is None:
        raise JobNotFound
    return job


def list_refused(job_id: str, after: int = 0, most: int = 50) -> Sequence[JobItem]:
    """Items with a note, in their order."""
    query = select(JobItem).where(JobItem.job_id == job_id, JobItem.note.is_not(None), JobItem.number > after)
    return db.session.scalars(query.order_by(JobItem.number).limit(most)).all()


def forget_jobs(most: int) -> int:
    """Delete so many jobs that ended long ago, in the present unit; how many were."""
    old = select(Job.id).where(Job.finished_at < clock.now() - KEPT).limit(most)
    found = db.session.scalars(old).all()
    if not found:
        return 0
    begin_writing()
    return _count(delete(Job).where(Job.id.in_(found)))


def _context(job_id: str, number: int) -> str:
    return f"job_files/{job_id}/{number}"


def _is_free(moment: datetime) -> ColumnElement[bool]:
    return (Job.due_at <= moment) & (Job.claimed_until.is_(None) | (Job.claimed_until <= moment))


def _held(claim: Claim) -> Update:
    return update(Job).where(Job.id == claim.job_id, Job.attempts == claim.attempts, Job.due_at.is_not(None))


def _change(statement: Update) -> bool:
    return _count(statement) == 1


def _count(statement: Any) -> int:
    changed = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(changed.rowcount)  # type: ignore[attr-defined]
