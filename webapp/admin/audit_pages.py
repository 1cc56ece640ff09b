"""The audit trail: the list with its filters, one event, and copies of what is filtered."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import current_app, render_template, request
from flask.wrappers import Response

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.admin.audit_changes import changes_of
from webapp.admin.audit_export import begin_export, facts_of
from webapp.admin.audit_filters import FILTERS, RESULTS
from webapp.admin.audit_kinds import KINDS
from webapp.admin.audit_list import Found, find_events, get_event, read_wanted
from webapp.admin.pages import blueprint, filters_of
from webapp.admin.sentences import actor_in_words, sentence_of
from webapp.core import clock
from webapp.core.errors import NotFound
from webapp.core.paging import Cursor, Page, url_of
from webapp.infra.audit import read_detail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.infra.models import AuditEvent

_LIST = "/admin/audit"
_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


@blueprint.get("/audit")
@page("admin:read")
def audit() -> str:
    """Events that match the filters of the URL, in sentences. Where a filter cannot be meant, none, and why."""
    typed = filters_of(*FILTERS)
    wanted, problems = read_wanted(typed)
    cursor = Cursor.read(request.args.get("cursor"), int)
    return _list_page(typed, problems, None if problems else find_events(wanted, cursor))


@blueprint.get("/audit/<string(maxlength=19):event_id>")
@page("admin:read")
def audit_event(event_id: str) -> str:
    """One event, with all that is known of it."""
    if not (event_id.isascii() and event_id.isdigit()):
        raise NotFound
    event, names = get_event(int(event_id))
    return render_template("admin/audit/event.html", event=_shown(event, names), me=caller().account)


@blueprint.post("/audit/export.<any(csv, jsonl):form>")
@page("admin:read", proof=True)
def export_audit(form: str) -> Any:
    """Every event that the filters of the form let through, as a file. A POST: it is recorded who took a copy."""
    typed = {name: request.form.get(name, "").replace("\x00", "").strip()[:200] for name in FILTERS}
    wanted, problems = read_wanted(typed)
    if problems:
        return _list_page(typed, problems, None), 422
    # Its batches are read long after this view has returned, when Flask has left the application's context.
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    reader = {"actor_id": caller().account_id, "session_id": caller().session_id}
    pieces = begin_export(wanted, form, **reader, facts=facts_of(wanted, typed), at_work=app.app_context)
    response = Response(pieces, content_type=_TYPES[form])
    name = f"audit-{clock.now():%Y-%m-%d-%H%M%S}.{form}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    # A proxy that collects an answer before it sends it would need room for all of it.
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _list_page(typed: dict[str, str], problems: Mapping[str, str], found: Found | None) -> str:
    listed: Page[AuditEvent] = found.page if found else Page([], None, None)
    return render_template(
        "admin/audit.html",
        events=[_shown(each, found.names) for each in listed.rows] if found else [],
        filters=typed,
        problems=problems,
        kinds=KINDS,
        results=RESULTS,
        looked_back_to=found.looked_back_to if found else None,
        newer_url=url_of(_LIST, typed, listed.newer),
        older_url=url_of(_LIST, typed, listed.older),
        me=caller().account,
    )


def _shown(event: AuditEvent, names: Mapping[str, str]) -> SimpleNamespace:
    """An event as the templates show it. Who is known by name has a page."""
    return SimpleNamespace(
        id=event.id,
        name=event.name,
        sentence=sentence_of(event, names),
        result=event.result,
        occurred_at=event.occurred_at,
        actor=actor_in_words(event, names),
        actor_id=_known(event.actor_id or (event.account_id if event.via == "request" else None), names),
        account=names.get(event.account_id or "", "A deleted account"),
        account_id=event.account_id,
        has_account=event.account_id in names,
        session_id=event.session_id,
        address=event.address or None,
        address_url=_filtered(address=event.address),
        user_agent=event.user_agent or None,
        request_id=event.request_id,
        request_url=_filtered(request_id=event.request_id),
        sealed_in=event.sealed_in,
        changes=changes_of(read_detail(event) or {}),
        raw=_raw(event),
    )


def _known(account_id: str | None, names: Mapping[str, str]) -> str | None:
    return account_id if account_id in names else None


def _filtered(**filters: str) -> str:
    return f"{_LIST}?{urlencode(filters)}"


def _raw(event: AuditEvent) -> str:
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
        "sealed_in",
    )
    row = {name: getattr(event, name) for name in shown}
    detail = read_detail(event)
    row |= {
        "occurred_at": event.occurred_at.isoformat(),
        "detail": str(event.detail) if detail is None else detail,
        "digest": event.digest.hex(),
    }
    return json.dumps(row, indent=2, ensure_ascii=False)
