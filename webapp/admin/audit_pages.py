"""The audit trail."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from flask import render_template, request

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.admin.audit_list import find_events
from webapp.admin.pages import blueprint, filters_of
from webapp.admin.sentences import actor_in_words, sentence_of
from webapp.core.event_names import EventName
from webapp.core.paging import Cursor, url_of

if TYPE_CHECKING:
    from webapp.infra.models import AuditEvent


@blueprint.get("/audit")
@page("admin:read")
def audit() -> str:
    """Events that match the filters of the URL, in sentences."""
    filters = filters_of("name", "who", "result")
    known = {str(each) for each in EventName}
    found, names = find_events(
        name=filters["name"] if filters["name"] in known else "",
        who=filters["who"],
        result=filters["result"] if filters["result"] in {"success", "failure"} else "",
        cursor=Cursor.read(request.args.get("cursor"), int),
    )
    events = [
        SimpleNamespace(
            id=each.id,
            name=each.name,
            sentence=sentence_of(each, names),
            result=each.result,
            occurred_at=each.occurred_at,
            actor=actor_in_words(each, names),
            actor_id=_doer(each),
            address=each.address or None,
            raw=_raw(each),
        )
        for each in found.rows
    ]
    return render_template(
        "admin/audit.html",
        events=events,
        filters=filters,
        event_names=sorted(known),
        result_names=["success", "failure"],
        newer_url=url_of("/admin/audit", filters, found.newer),
        older_url=url_of("/admin/audit", filters, found.older),
        me=caller().account,
    )


def _doer(event: AuditEvent) -> str | None:
    """Whoever did it. Commands and jobs have no account: the one they name is whom it happened to."""
    return event.actor_id or (event.account_id if event.via == "request" else None)


def _raw(event: Any) -> str:
    shown = (
        "id",
        "name",
        "result",
        "account_id",
        "actor_id",
        "session_id",
        "via",
        "address",
        "user_agent",
        "request_id",
    )
    row = {name: getattr(event, name) for name in shown}
    row |= {
        "occurred_at": event.occurred_at.isoformat(),
        "detail": json.loads(event.detail),
        "digest": event.digest.hex(),
    }
    return json.dumps(row, indent=2, ensure_ascii=False)
