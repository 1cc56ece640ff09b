"""Doing an act to many accounts: few at once, many as a job, with the rights that whoever asked has at each step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.admin.bulk_acts import Done, act_on
from webapp.admin.bulk_orders import Order, find_hindrance, keep_meaning, require_meaning
from webapp.admin.bulk_store import read_facts
from webapp.admin.bulk_words import heading_of
from webapp.admin.job_askers import asked_in, require_asker
from webapp.core import clock
from webapp.infra import jobs
from webapp.infra.database import begin_writing
from webapp.infra.job_items import next_subjects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.infra.jobs import Claim

KIND: Final = "accounts.bulk"
# So many are done before the answer; more are done after it.
AT_ONCE: Final = 25
# SQLite's write lock is held for a few acts, and then others write; to go by time alone would crawl where all is slow.
_STEP_SECONDS: Final = 0.02
_FEWEST: Final = 5


def start(
    order: Order, account_ids: Sequence[str], *, actor_id: str, job_id: str, session_id: str | None = None
) -> str:
    """Do it now, or queue what is too much for that; the job's id. Raises JobQueued for a form sent twice."""
    jobs.queue_job(
        KIND,
        name=heading_of(order, len(account_ids)),
        actor_id=actor_id,
        detail={**keep_meaning(order).write(), **asked_in(session_id)},
        subjects=account_ids,
        job_id=job_id,
    )
    if len(account_ids) <= AT_ONCE:
        claim = jobs.take_job(job_id)
        while claim is not None and not do_step(claim):
            claim = jobs.read_claim(job_id, 1)
        if claim is not None:
            jobs.finish_job(claim)
    return job_id


def do_step(claim: Claim) -> bool:
    """Do it to some of the accounts, in this unit; whether that was the last of them.

    Raises JobLost, and AskerHeldBack and RoleMeansOther before anything is changed.
    """
    order = Order.read(claim.detail)
    items = next_subjects(claim, AT_ONCE)
    begin_writing()
    actor = require_asker(claim, claim.actor_id, order.scope)
    require_meaning(order)
    # Nobody changes who is locked or holds which role meanwhile: that takes what the line before holds.
    facts = read_facts([subject for _, subject in items])
    begun = clock.monotonic()
    position, refused, remarks = claim.position, {}, {}
    for position, subject in items:
        done = Done("This account is no longer there.")
        if subject in facts:
            hindrance = find_hindrance(order, facts[subject], actor_id=actor.id, scopes=actor.scopes)
            done = Done(hindrance) if hindrance else act_on(order, subject, actor_id=actor.id)
        if done.refusal:
            refused[position] = done.refusal
        elif done.remark:
            remarks[position] = done.remark
        if position - claim.position >= _FEWEST and clock.monotonic() - begun > _STEP_SECONDS:
            break
    jobs.note_progress(claim, position, refused, remarks=remarks)
    return position >= claim.total
