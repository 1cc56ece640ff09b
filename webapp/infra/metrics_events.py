"""What metrics take from the audit trail: every event by its name, and what some of them say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from webapp.core.event_names import EventName
from webapp.infra.metrics import count
from webapp.infra.metrics_catalogue import EVENTS, JOBS, SESSIONS_ENDED, SIGN_INS

if TYPE_CHECKING:
    from webapp.infra.models import AuditEvent

_OUTCOMES: Final[dict[str, str]] = {
    EventName.LOGIN_SUCCEEDED: "succeeded",
    EventName.LOGIN_FAILED: "failed",
    EventName.LOGIN_REFUSED: "refused",
    EventName.FACTOR_FAILED: "factor_failed",
}


def note_event(event: AuditEvent) -> None:
    """Count an event that is being recorded. One whose unit is rolled back, which is rare, stays counted."""
    count(EVENTS, event.name, event.result)
    if outcome := _OUTCOMES.get(event.name):
        count(SIGN_INS, outcome)
    elif event.name == EventName.SESSION_ENDED:
        count(SESSIONS_ENDED, str(json.loads(event.detail)["cause"]))
    elif event.name == EventName.SESSIONS_ENDED:
        told = json.loads(event.detail)
        count(SESSIONS_ENDED, str(told["cause"]), amount=int(told["count"]))
    elif event.name == EventName.JOB_FINISHED:
        count(JOBS, event.result)
