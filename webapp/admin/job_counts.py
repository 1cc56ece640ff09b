"""What has become of the items of a job so far, in the words of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.admin.account_import import KIND as IMPORT
from webapp.admin.account_import import STORING
from webapp.infra.job_answers import detail_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.infra.job_models import Job

Counts = tuple[tuple[int, str], ...]


def counts_of(job: Job) -> Counts:
    """So many items, and what became of them: first those that it was for, then the others."""
    if job.kind != IMPORT:
        return (job.position - job.refused, "done"), (job.refused, "left out")
    detail = detail_of(job)
    if detail["phase"] == STORING:
        # Those that the check found there already or refused are not told apart again on the way.
        return (detail["stored"], "stored"), (job.position - detail["stored"], "passed over")
    return (detail["new"], "new"), (detail["there"], "there already"), (detail["refused"], "refused")


def in_words(counts: Iterable[tuple[int, str]]) -> str:
    """2 new, 1 there already."""
    return ", ".join(f"{number:,} {what}" for number, what in counts)


def progress_in_words(job: Job) -> str:
    """How far it is: "412 of 1,000: 400 done, 12 left out."."""
    return f"{job.position:,} of {job.total:,}: {in_words(counts_of(job))}."
