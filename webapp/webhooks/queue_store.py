"""Who is at which message, and what became of it: guarded statements, so that several processes may send at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import or_, select, update

from webapp.core import clock
from webapp.infra.database import begin_writing, db
from webapp.webhooks.models import WebhookAttempt, WebhookEndpoint, WebhookMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Row, Update

# Longer than an exchange may take with all that comes before and after it; then others take over.
CLAIM: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is this process's until the claim runs out, with what its endpoint was when it was claimed.

    `attempts` counts this one, and names the claim; `tries` counts it, too, since the message was (last) sent off.
    """

    message_id: str
    endpoint_id: str
    event: str
    body: str
    mac: bytes
    attempts: int
    tries: int
    url: str
    secret_sealed: bytes
    former_secret_sealed: bytes | None
    former_secret_until: datetime | None
    is_failing: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """The message of an endpoint that has been due for longest."""

    message_id: str
    endpoint_id: str
    is_failing: bool


def list_candidates() -> list[Candidate]:
    """One message of each endpoint that is on and has any due, the longest due first.

    By endpoint: one with thousands of messages waiting is one line here, and is in nobody's way.
    """
    moment = clock.now()
    longest_due = (
        select(WebhookMessage.id)
        .where(WebhookMessage.endpoint_id == WebhookEndpoint.id, _is_free(moment))
        .order_by(WebhookMessage.due_at)
        .limit(1)
        .correlate(WebhookEndpoint)
        .scalar_subquery()
    )
    query = (
        select(WebhookMessage.id, WebhookEndpoint.id, WebhookEndpoint.failing_since)
        .select_from(WebhookEndpoint)
        .join(WebhookMessage, WebhookMessage.id == longest_due)
        .where(WebhookEndpoint.is_enabled)
        .order_by(WebhookMessage.due_at)
    )
    return [Candidate(row[0], row[1], row[2] is not None) for row in db.session.execute(query)]


def claim_message(candidate: Candidate) -> Claim | None:
    """Take it, in a unit that so far has only read; None when somebody else was quicker, or the endpoint is off."""
    found = _find_claimable(candidate.message_id)
    if found is None:
        return None
    message, endpoint = found[0], found[1]
    moment = clock.now()
    begin_writing()
    is_mine = _change(
        update(WebhookMessage)
        .where(WebhookMessage.id == message.id, WebhookMessage.attempts == message.attempts, _is_free(moment))
        .values(
            claimed_until=moment + CLAIM, attempts=WebhookMessage.attempts + 1, tries=WebhookMessage.tries + 1
        )
    )
    if not is_mine:
        return None
    return Claim(
        message.id,
        endpoint.id,
        message.event,
        message.body,
        message.mac,
        message.attempts + 1,
        message.tries + 1,
        endpoint.url,
        endpoint.secret_sealed,
        endpoint.former_secret_sealed,
        endpoint.former_secret_until,
        endpoint.failing_since is not None,
    )


def record_attempt(
    claim: Claim, moment: datetime, status: int | None, problem: str | None, milliseconds: int
) -> None:
    """Keep one line about it, unless the message was forgotten meanwhile."""
    if db.session.scalar(select(WebhookMessage.id).where(WebhookMessage.id == claim.message_id)) is None:
        return
    attempt = WebhookAttempt(
        message_id=claim.message_id, at=moment, status=status, problem=problem, milliseconds=milliseconds
    )
    db.session.add(attempt)


def record_delivery(claim: Claim, status: int) -> bool:
    """It was taken: nobody sends it again, whoever claims it now. False when somebody else has written so."""
    return _change(
        update(WebhookMessage)
        .where(WebhookMessage.id == claim.message_id, WebhookMessage.delivered_at.is_(None))
        .values(
            delivered_at=clock.now(),
            given_up_at=None,
            due_at=None,
            claimed_until=None,
            last_status=status,
            last_problem=None,
        )
    )


def record_failure(claim: Claim, status: int | None, problem: str, due_at: datetime | None) -> bool:
    """It has to be tried again then, or never. False when the claim has run out and others have it."""
    return _change(
        update(WebhookMessage)
        .where(
            WebhookMessage.id == claim.message_id,
            WebhookMessage.attempts == claim.attempts,
            WebhookMessage.due_at.is_not(None),
        )
        .values(
            due_at=due_at,
            given_up_at=clock.now() if due_at is None else None,
            claimed_until=None,
            last_status=status,
            last_problem=problem,
        )
    )


def send_off_again(message_id: str) -> bool:
    """Make it due now, with all its tries before it; False while somebody is at it."""
    moment = clock.now()
    return _change(
        update(WebhookMessage)
        .where(WebhookMessage.id == message_id, _is_unclaimed(moment))
        .values(due_at=moment, tries=0, delivered_at=None, given_up_at=None, claimed_until=None)
    )


def find_message(endpoint_id: str, message_id: str) -> WebhookMessage | None:
    """The message as the database holds it now."""
    query = select(WebhookMessage).where(
        WebhookMessage.id == message_id, WebhookMessage.endpoint_id == endpoint_id
    )
    return db.session.scalar(query.execution_options(populate_existing=True))


def is_waiting(endpoint_id: str, event: str) -> bool:
    """Whether a message of that kind is on its way there and was not tried yet."""
    query = select(WebhookMessage.id).where(
        WebhookMessage.endpoint_id == endpoint_id,
        WebhookMessage.due_at.is_not(None),
        WebhookMessage.event == event,
        WebhookMessage.attempts == 0,
    )
    return db.session.scalar(query.limit(1)) is not None


def list_messages(endpoint_id: str, most: int) -> Sequence[WebhookMessage]:
    """The last ones to an endpoint, newest first."""
    query = select(WebhookMessage).where(WebhookMessage.endpoint_id == endpoint_id)
    order = (WebhookMessage.created_at.desc(), WebhookMessage.id.desc())
    return db.session.scalars(query.order_by(*order).limit(most)).all()


def list_attempts(message_id: str, most: int) -> Sequence[WebhookAttempt]:
    """The last attempts at a message, newest first."""
    query = select(WebhookAttempt).where(WebhookAttempt.message_id == message_id)
    return db.session.scalars(query.order_by(WebhookAttempt.id.desc()).limit(most)).all()


def _find_claimable(message_id: str) -> Row[WebhookMessage, WebhookEndpoint] | None:
    query = (
        select(WebhookMessage, WebhookEndpoint)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookMessage.endpoint_id)
        .where(WebhookMessage.id == message_id, WebhookEndpoint.is_enabled)
    )
    return db.session.execute(query.execution_options(populate_existing=True)).one_or_none()


def _is_free(moment: datetime) -> ColumnElement[bool]:
    return (WebhookMessage.due_at <= moment) & _is_unclaimed(moment)


def _is_unclaimed(moment: datetime) -> ColumnElement[bool]:
    return or_(WebhookMessage.claimed_until.is_(None), WebhookMessage.claimed_until <= moment)


def _change(statement: Update) -> bool:
    changed = db.session.execute(statement.execution_options(synchronize_session=False))
    return bool(changed.rowcount == 1)  # type: ignore[attr-defined]
