"""From the queue to the endpoint: claim a message, let the database go, send it, write down what became of it.

Nothing is sent that was not queued here so, nor to an address that the endpoint's secret is not sealed for.
A message whose outcome could not be written is sent again after its claim has run out, under the same id. Nothing of
the database is held while an endpoint is spoken to.
"""

from __future__ import annotations

import logging
import random
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.core import clock
from webapp.core.errors import Problem
from webapp.core.parts import part
from webapp.infra.database import unit_of_work
from webapp.infra.metrics import count
from webapp.infra.metrics_catalogue import WEBHOOKS
from webapp.infra.outbound.errors import ExchangeCut
from webapp.infra.outbound.exchanges import Outbound
from webapp.infra.sealing import SealBroken
from webapp.webhooks import queue_store, store
from webapp.webhooks.failing import turn_off_if_failing
from webapp.webhooks.message_keys import MessageKeys
from webapp.webhooks.secrets import open_signing_secrets
from webapp.webhooks.signing import signed_headers
from webapp.webhooks.words import read_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from webapp.infra.outbound.exchanges import Exchange
    from webapp.webhooks.queue_store import Claim

ANSWER_SECONDS: Final = 10.0
# So much of an answer is read and thrown away, so that the connection can be used again.
MOST_READ_BYTES: Final = 65_536
_READ_SECONDS: Final = 2.0
# After the first, second, … try: together three days.
DELAYS: Final = tuple(
    timedelta(seconds=each)
    for each in (10, 60, 300, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 54_000, 57_600, 48_230)
)
# Messages that failed together are not all tried together again.
_SPREAD: Final = 0.1
MESSAGE_PREFIX: Final = "msg_"
_NOT_AS_QUEUED: Final = "not_as_queued"
_log = logging.getLogger("latchkey.webhooks")


class WebhookOutbound(Outbound):
    """The way out for messages, by rules of their own: WEBHOOKS_ALLOW_NETWORKS."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`problem` None: it was taken."""

    status: int | None
    problem: str | None
    milliseconds: int


def deliver(claim: Claim) -> bool:
    """Send a claimed message and write down what became of it; whether it was taken. Outside of any unit.

    Raises DatabaseAway.
    """
    begun_at = clock.now()
    outcome = _send(claim)
    count(WEBHOOKS, "failed" if outcome.problem else "delivered")
    with unit_of_work():
        queue_store.record_attempt(claim, begun_at, outcome.status, outcome.problem, outcome.milliseconds)
        if outcome.problem is None and outcome.status is not None:
            queue_store.record_delivery(claim, outcome.status)
            store.note_delivery(claim.endpoint_id)
            return True
        if outcome.problem == _NOT_AS_QUEUED:
            # Not the endpoint's fault. Nothing that stands in the message is repeated in the log.
            queue_store.record_failure(claim, None, _NOT_AS_QUEUED, None)
            _log.warning(
                "A webhook message to the endpoint %s is given up: it is not as it was queued.",
                claim.endpoint_id,
            )
            return False
        due_at = due_after(claim.tries)
        queue_store.record_failure(claim, outcome.status, outcome.problem or "", due_at)
        store.note_failure(claim.endpoint_id, begun_at)
        turn_off_if_failing(claim.endpoint_id)
    what = "is given up" if due_at is None else "has to wait"
    _log.info("A webhook message (%s) %s: %s.", claim.event, what, outcome.problem)
    return False


def due_after(tries: int) -> datetime | None:
    """When a message is tried next that has failed so often; None when it is given up."""
    if tries > len(DELAYS):
        return None
    return clock.now() + DELAYS[tries - 1] * random.uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311 - no secret


def _send(claim: Claim) -> Outcome:
    begun = clock.monotonic()
    status, problem = None, None
    try:
        secrets = open_signing_secrets(
            claim.endpoint_id,
            claim.url,
            claim.secret_sealed,
            claim.former_secret_sealed,
            claim.former_secret_until,
        )
        if _is_as_queued(claim):
            with closing(part(WebhookOutbound).exchange()) as exchange:
                status = _exchange(claim, secrets, exchange)
        else:
            problem = _NOT_AS_QUEUED
    except SealBroken:
        # An operator who puts the former key into ENCRYPTION_KEY_FALLBACKS, or the address right, opens it again.
        problem = "secret_unreadable"
    except Problem as refusal:
        problem = refusal.code
    except Exception:  # noqa: BLE001 - one message's fault must keep no other back
        _log.exception("A webhook message (%s) could not be sent.", claim.event)
        problem = "not_sent"
    if status is not None and not 200 <= status <= 299:
        problem = "redirected" if 300 <= status <= 399 else "refused"
    return Outcome(status, problem, round((clock.monotonic() - begun) * 1000))


def _is_as_queued(claim: Claim) -> bool:
    return part(MessageKeys).knows(claim.mac, claim.message_id, claim.endpoint_id, claim.event, claim.body)


def _exchange(claim: Claim, secrets: list[str], exchange: Exchange) -> int:
    """The status of the answer. Raises what an exchange raises before there is one."""
    body, message_id = claim.body.encode(), f"{MESSAGE_PREFIX}{claim.message_id}"
    target, path_and_query = read_url(claim.url)
    headers = [
        (b"Content-Type", b"application/json"),
        (b"User-Agent", b"Latchkey-Webhooks"),
        (b"Accept-Encoding", b"identity"),
        *signed_headers(secrets, message_id, int(clock.now().timestamp()), body),
    ]
    head = exchange.send(
        target,
        "POST",
        path_and_query,
        headers,
        body,
        answer_seconds=ANSWER_SECONDS,
        pause_seconds=_READ_SECONDS,
    )
    _throw_away(exchange.pieces())
    return head.status


def _throw_away(pieces: Iterator[bytes]) -> None:
    """Whatever is in the answer, and however it comes or ends: the head has said all that counts."""
    read, until = 0, clock.monotonic() + _READ_SECONDS
    try:
        for piece in pieces:
            read += len(piece)
            if read > MOST_READ_BYTES or clock.monotonic() > until:
                return
    except (Problem, ExchangeCut):
        return
