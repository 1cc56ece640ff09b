"""Writing down who was refused what: somebody signed in tried more than they may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.database import begin_writing

if TYPE_CHECKING:
    from webapp.sessions.service import Standing


def record_denial(standing: Standing, scope: str) -> None:
    """Add the event to the present unit; the refusal that follows keeps it."""
    begin_writing()
    record_event(
        EventName.ACCESS_DENIED,
        account_id=standing.account_id,
        session_id=standing.session_id,
        result="failure",
        detail={"scope": scope, "endpoint": request.endpoint or ""},
    )
