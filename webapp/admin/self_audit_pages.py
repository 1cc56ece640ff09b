"""The page of the self-audit: what was found when this server looked at itself, and a button to look again."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import make_response, render_template, request

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.admin.pages import blueprint
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.parts import part
from webapp.infra.throttle import TooManyAttempts
from webapp.ops.self_audit.evidence import Visit
from webapp.ops.self_audit.run import LastAudit, take_turn
from webapp.ops.self_audit.stored import look_at_stored
from webapp.web.late_answers import LateAnswer
from webapp.web.origin import ARRIVED
from webapp.web.waits import in_words, wait_header

if TYPE_CHECKING:
    from webapp.ops.self_audit.report import Report

_PATH: Final = "/settings/audit"
_OLD: Final = timedelta(minutes=10)


@blueprint.get(_PATH, endpoint="self_audit")
@page("admin:read")
def show_audit() -> Any:
    """What was found last; looked at anew where nothing was, or long ago."""
    last = part(LastAudit).report
    if last is not None and clock.now() - last.ran_at < _OLD:
        return _page(last)
    try:
        return _run()
    except TooManyAttempts:
        if last is None:
            raise
        return _page(last)


@blueprint.post(_PATH, endpoint="run_self_audit")
@page("admin:write", proof=True)
def run_again() -> Any:
    """Look anew; asked too often, say so above what was found last."""
    last = part(LastAudit).report
    try:
        return _run()
    except TooManyAttempts as problem:
        if last is None:
            raise
        wait = in_words(problem.retry_after) if problem.retry_after else "Try again later."
        return (
            _page(last, f"It ran often just now, so this is what was found last. {wait}"),
            429,
            wait_header(problem),
        )


def _run() -> LateAnswer:
    """What stands in the database within the present unit; whoever else is asked, after it."""
    take_turn()
    visit = Visit(current_settings(), os.environ, clock.now(), request.environ[ARRIVED])
    stored, last = look_at_stored(), part(LastAudit)
    return LateAnswer(lambda: make_response(_page(last.run(visit, stored))))


def _page(report: Report, refusal: str | None = None) -> str:
    return render_template(
        "admin/self_audit.html",
        report=report,
        refusal=refusal,
        may_write="admin:write" in caller().scopes,
        me=caller().account,
    )
