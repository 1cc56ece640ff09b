"""An import as its page shows it: what the check found, line by line, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from webapp.admin.account_import import ASKING, CHECKING, KEPT, THERE, get_import
from webapp.admin.job_counts import progress_in_words
from webapp.admin.store import names_of
from webapp.infra.job_answers import detail_of
from webapp.infra.job_items import list_items

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.infra.job_models import Job

LINES_SHOWN: Final = 50
SHOWS: Final = ("all", "new", "there", "refused")


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One line of the file. `outcome` is what happens to it, or what has; `note` says more where there is more."""

    number: int
    username: str
    outcome: Literal["new", "there", "refused", "imported", "not reached"]
    note: str | None


@dataclass(frozen=True, slots=True)
class ImportView:
    """How an import stands, in `words`: `new` of its `total` lines are to be stored, or have been: `stored` of them."""

    id: str
    name: str
    unit: str
    state: Literal["checking", "asking", "storing", "over"]
    is_stopping: bool
    is_nothing_stored: bool
    asker: str | None
    confirmer: str | None
    created_at: datetime
    kept_until: datetime
    finished_at: datetime | None
    problem: str | None
    total: int
    position: int
    words: str
    new: int
    there: int
    refused: int
    passwordless: int
    stored: int

    @property
    def is_under_way(self) -> bool:
        """Whether it moves by itself."""
        return self.state in {"checking", "storing"}

    def count_of(self, show: str) -> int:
        """How many lines there are of that outcome; of all, those that were checked."""
        counts = {"new": self.new, "there": self.there, "refused": self.refused}
        return counts[show] if show in counts else sum(counts.values())


def find_import(job_id: str) -> ImportView:
    """Raises JobNotFound."""
    job = get_import(job_id)
    detail = detail_of(job)
    confirmer_id = detail.get("confirmed_by")
    names = names_of({each for each in (job.actor_id, confirmer_id) if each})
    return ImportView(
        job.id,
        detail["name"],
        detail["unit"],
        _state(job, detail),
        job.stop_asked_at is not None and job.finished_at is None,
        confirmer_id is None,
        names.get(job.actor_id or ""),
        names.get(confirmer_id or ""),
        job.created_at,
        job.created_at + KEPT,
        job.finished_at,
        job.problem,
        job.total,
        job.position,
        progress_in_words(job),
        *(detail[name] for name in ("new", "there", "refused", "passwordless", "stored")),
    )


def list_lines(job_id: str, show: str, after: int) -> tuple[list[ImportLine], int | None]:
    """Lines of that outcome after that number; and the number to go on after, None at the end."""
    wanted: dict[str, dict[str, Any]] = {
        "new": {"is_noted": False},
        "there": {"note": THERE},
        "refused": {"besides": THERE},
    }
    items = list_items(job_id, after=after, most=LINES_SHOWN + 1, **wanted.get(show, {}))
    job = get_import(job_id)
    detail = detail_of(job)
    lines = [_line(each.number, each.subject, each.note, job, detail) for each in items[:LINES_SHOWN]]
    return lines, lines[-1].number if len(items) > LINES_SHOWN else None


def _line(number: int, subject: str, note: str | None, job: Job, detail: dict[str, Any]) -> ImportLine:
    if note is not None:
        return ImportLine(number, subject, "there" if note == THERE else "refused", note)
    if detail["phase"] in {CHECKING, ASKING}:
        return ImportLine(number, subject, "not reached" if job.finished_at else "new", None)
    if number <= detail["last"]:
        return ImportLine(number, subject, "imported", None)
    return ImportLine(number, subject, "not reached" if job.finished_at else "new", None)


def _state(job: Job, detail: dict[str, Any]) -> Literal["checking", "asking", "storing", "over"]:
    if job.finished_at is not None:
        return "over"
    if detail["phase"] == CHECKING:
        return "checking"
    return "asking" if detail["phase"] == ASKING else "storing"
