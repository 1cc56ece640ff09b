"""What a job is about, item by item, and what is noted of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, select, update

from webapp.infra.database import db
from webapp.infra.job_models import JobItem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from webapp.infra.jobs import Claim

_LONGEST_SUBJECT: Final = 254
_LONGEST_NOTE: Final = 300


def add_subjects(job_id: str, subjects: Sequence[str]) -> None:
    """What the job is to do one after the other, as items 1, 2, 3, …"""
    rows = [
        {"job_id": job_id, "number": number, "subject": each[:_LONGEST_SUBJECT]}
        for number, each in enumerate(subjects, 1)
    ]
    if rows:
        db.session.execute(insert(JobItem), rows)


def add_notes(job_id: str, notes: Iterable[tuple[int, str, str | None]]) -> None:
    """Items that were not known before: number, subject and note, such as a line of a file and what is wrong in it.

    A note of None is none.
    """
    rows = [
        {
            "job_id": job_id,
            "number": number,
            "subject": subject[:_LONGEST_SUBJECT],
            "note": note and note[:_LONGEST_NOTE],
        }
        for number, subject, note in notes
    ]
    if rows:
        db.session.execute(insert(JobItem), rows)


def write_notes(job_id: str, notes: Mapping[int, str]) -> None:
    """A sentence for each of these items."""
    for number, note in notes.items():
        db.session.execute(
            update(JobItem)
            .where(JobItem.job_id == job_id, JobItem.number == number)
            .values(note=note[:_LONGEST_NOTE])
            .execution_options(synchronize_session=False)
        )


def next_subjects(claim: Claim, most: int) -> list[tuple[int, str]]:
    """Number and subject of so many items after the job's position."""
    query = (
        select(JobItem.number, JobItem.subject)
        .where(JobItem.job_id == claim.job_id, JobItem.number > claim.position)
        .order_by(JobItem.number)
        .limit(most)
    )
    return [(row.number, row.subject) for row in db.session.execute(query)]


def list_noted(job_id: str, *, after: int = 0, most: int = 50) -> Sequence[JobItem]:
    """Items with a note, in their order."""
    query = select(JobItem).where(JobItem.job_id == job_id, JobItem.note.is_not(None), JobItem.number > after)
    return db.session.scalars(query.order_by(JobItem.number).limit(most)).all()


def list_unnoted(job_id: str, position: int) -> Sequence[str]:
    """Subjects of the items up to there of which nothing is noted: they are simply done."""
    query = select(JobItem.subject).where(
        JobItem.job_id == job_id, JobItem.note.is_(None), JobItem.number <= position
    )
    return db.session.scalars(query.order_by(JobItem.number)).all()


def noted_among(job_id: str, numbers: Sequence[int]) -> set[int]:
    """Those of these items, in their order, of which something is noted."""
    query = select(JobItem.number).where(JobItem.job_id == job_id, JobItem.note.is_not(None))
    return set(db.session.scalars(query.where(JobItem.number.between(numbers[0], numbers[-1]))))


def list_items(
    job_id: str,
    *,
    after: int,
    most: int,
    is_noted: bool | None = None,
    note: str | None = None,
    besides: str | None = None,
) -> Sequence[JobItem]:
    """Items in their order: all, or those with a note or without; with this note, or with any but that."""
    query = select(JobItem).where(JobItem.job_id == job_id, JobItem.number > after)
    if is_noted is not None:
        query = query.where(JobItem.note.is_not(None) if is_noted else JobItem.note.is_(None))
    if note is not None:
        query = query.where(JobItem.note == note)
    if besides is not None:
        query = query.where(JobItem.note != besides)
    return db.session.scalars(query.order_by(JobItem.number).limit(most)).all()
