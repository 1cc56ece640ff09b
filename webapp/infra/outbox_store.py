"""Who is at which letter, and what became of it: guarded statements, so that several may deliver at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, or_, select, update

from webapp.core import clock
from webapp.infra.database import begin_writing, count_changed, db
from webapp.infra.models import Mail

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Update

# Longer than a letter may take at the mail server; after it, others take over from a process that died.
CLAIM: Final = timedelta(seconds=90)
# Enough that workers who read the same rows find one each.
_CANDIDATES: Final = 8
_LONGEST_FAILURE: Final = 200


@dataclass(frozen=True, slots=True)
class Claim:
    """A letter that is this process's until the claim runs out. `attempts` counts this one, and names the claim."""

    mail_id: str
    kind: str
    account_id: str | None
    body: bytes | None
    created_at: datetime
    attempts: int


def claim_letter() -> Claim | None:
    """Take the letter that has been due for longest, in a unit that so far has only read; None when there is none."""
    moment = clock.now()
    free = _is_free(moment)
    columns = (Mail.id, Mail.kind, Mail.account_id, Mail.body, Mail.created_at, Mail.attempts)
    due = select(*columns).where(free).order_by(Mail.due_at, Mail.id).limit(_CANDIDATES)
    found = db.session.execute(due).all()
    if not found:
        return None
    begin_writing()
    for mail_id, kind, account_id, body, created_at, attempts in found:
        # `attempts` too: somebody may have tried it, and let go of it again, since it was read.
        claimed = _change(
            update(Mail)
            .where(Mail.id == mail_id, Mail.attempts == attempts, free)
            .values(claimed_until=moment + CLAIM, attempts=attempts + 1)
        )
        if claimed:
            return Claim(mail_id, kind, account_id, body, created_at, attempts + 1)
    return None


def record_delivery(claim: Claim) -> bool:
    """It reached the mail server, and its body is erased. False when somebody else has written so."""
    # Whoever claims it now: it has been delivered, and must not be again.
    return _change(
        update(Mail)
        .where(Mail.id == claim.mail_id, Mail.delivered_at.is_(None))
        .values(
            delivered_at=clock.now(),
            given_up_at=None,
            due_at=None,
            claimed_until=None,
            body=None,
            last_failure=None,
        )
    )


def record_failure(claim: Claim, words: str, due_at: datetime) -> bool:
    """It has to be tried again then. False when the claim has run out and others have it."""
    return _change(
        _held(claim).values(due_at=due_at, claimed_until=None, last_failure=words[:_LONGEST_FAILURE])
    )


def record_giving_up(claim: Claim, words: str) -> bool:
    """Nobody tries it again, and its body is erased. False when the claim has run out and others have it."""
    return _change(
        _held(claim).values(
            given_up_at=clock.now(),
            due_at=None,
            claimed_until=None,
            body=None,
            last_failure=words[:_LONGEST_FAILURE],
        )
    )


def keep_letters() -> int:
    """Where letters end at the mailbox page: what is due has arrived, and keeps its body for a while. How many."""
    moment = clock.now()
    found = db.session.scalars(select(Mail.id).where(_is_free(moment))).all()
    if not found:
        return 0
    begin_writing()
    return count_changed(
        update(Mail)
        .where(Mail.id.in_(found), _is_free(moment))
        .values(delivered_at=moment, due_at=None, attempts=Mail.attempts + 1)
    )


def count_waiting() -> int:
    """Letters on their way, due or not."""
    return db.session.scalar(select(func.count()).select_from(Mail).where(Mail.due_at.is_not(None))) or 0


def _is_free(moment: datetime) -> ColumnElement[bool]:
    return (Mail.due_at <= moment) & or_(Mail.claimed_until.is_(None), Mail.claimed_until <= moment)


def _held(claim: Claim) -> Update:
    return update(Mail).where(
        Mail.id == claim.mail_id, Mail.attempts == claim.attempts, Mail.due_at.is_not(None)
    )


def _change(statement: Update) -> bool:
    return count_changed(statement) == 1
