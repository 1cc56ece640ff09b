"""Jobs as their pages show them: the list, how far one has come, and what was left out of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import select

from webapp.admin.bulk_job import KIND
from webapp.admin.bulk_orders import Order
from webapp.admin.bulk_words import UNDOES, heading_of
from webapp.admin.job_counts import counts_of, in_words, progress_in_words
from webapp.admin.keyset import microseconds_of, moment_of, page_by_key
from webapp.admin.store import names_of
from webapp.core import clock
from webapp.core.paging import Page
from webapp.infra.job_answers import detail_of
from webapp.infra.job_items import list_noted
from webapp.infra.job_models import Job
from webapp.infra.jobs import get_job

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.core.paging import Cursor

_OUTLOOKS: Final = {
    "waiting": "It begins within seconds.",
    "running": "It goes on when you leave this page, and after a restart.",
    "stopping": "It stops after the accounts at hand.",
}
State = Literal["waiting", "running", "stopping", "done", "stopped", "ended"]
NOTES_SHOWN = 50
_LONG: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class JobView:
    """A job. `position` of its `total` items are dealt with, `refused` of those were left out.

    `words` says how far it is, `besides` what became of items besides those that are done; empty where there are none.
    `asker` is the name of whoever asked for it, None for a deleted account; `problem` why it ended before its end.
    """

    id: str
    kind: str
    name: str
    asker_id: str | None
    asker: str | None
    state: State
    created_at: datetime
    finished_at: datetime | None
    total: int
    position: int
    refused: int
    words: str
    besides: str
    problem: str | None

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.finished_at is not None

    @property
    def outlook(self) -> str:
        """What comes next, in a sentence; empty where nothing does."""
        return _OUTLOOKS.get(self.state, "")

    @property
    def done(self) -> int:
        """How many items are done."""
        return self.position - self.refused


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be said of one item. `name` is None for what has none, or has none any more."""

    number: int
    subject: str
    name: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Undo:
    """The act that undoes a job that is over, and what it is called."""

    act: str
    role: str
    label: str


def list_jobs(cursor: Cursor | None) -> Page[JobView]:
    """A page of jobs, newest first."""
    edge = (moment_of(cursor.key[0]), cursor.key[1]) if cursor else None
    found: Page[Job] = page_by_key(
        select(Job),
        (Job.created_at, Job.id),
        cursor,
        edge,
        lambda row: (microseconds_of(row.created_at), row.id),
    )
    names = names_of({each.actor_id for each in found.rows if each.actor_id})
    return Page([_view(each, names) for each in found.rows], found.newer, found.older)


def find_view(job_id: str) -> JobView:
    """One job. Raises JobNotFound."""
    job = get_job(job_id)
    return _view(job, names_of({job.actor_id} if job.actor_id else set()))


def list_notes(job_id: str, after: int) -> tuple[list[Note], int | None]:
    """What is said of its items, after that number; and the number to go on after, None at the end."""
    items = list_noted(job_id, after=after, most=NOTES_SHOWN + 1)
    shown = items[:NOTES_SHOWN]
    names = names_of({each.subject for each in shown})
    notes = [Note(each.number, each.subject, names.get(each.subject), each.note or "") for each in shown]
    return notes, notes[-1].number if len(items) > NOTES_SHOWN else None


def find_undo(view: JobView) -> Undo | None:
    """What takes back what a job did, for one that is over; None where there is no such thing."""
    job = get_job(view.id)
    if job.kind != KIND or not view.is_over or view.done == 0:
        return None
    order = Order.read(detail_of(job))
    act = UNDOES.get(order.act)
    if act is None:
        return None
    return Undo(act, order.role, heading_of(Order(act, role=order.role), view.done))


def _view(job: Job, names: dict[str, str]) -> JobView:
    return JobView(
        job.id,
        job.kind,
        detail_of(job)["name"],
        job.actor_id,
        names.get(job.actor_id or ""),
        _state(job),
        job.created_at,
        job.finished_at,
        job.total,
        job.position,
        job.refused,
        progress_in_words(job),
        in_words(
            (number, what) for number, what in counts_of(job) if number and what not in {"done", "stored"}
        ),
        job.problem,
    )


def _state(job: Job) -> State:
    if job.finished_at is not None:
        if job.problem is None:
            return "done"
        return "stopped" if job.stop_asked_at is not None else "ended"
    if job.stop_asked_at is not None:
        return "stopping"
    # Put off for long: it asks before it goes on.
    is_asking = job.claimed_until is None and job.due_at is not None and job.due_at > clock.now() + _LONG
    return "waiting" if job.started_at is None or is_asking else "running"
