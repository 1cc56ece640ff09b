"""The pages of jobs: what was asked for, how far it has come, and the button that stops it."""

from __future__ import annotations

from typing import Any

from flask import flash, g, jsonify, redirect, render_template, request

from webapp.access.denials import record_denial
from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.admin import account_import
from webapp.admin.authority import ADMINISTERS
from webapp.admin.job_list import JobView, find_undo, find_view, list_jobs, list_notes
from webapp.admin.pages import blueprint
from webapp.core.paging import Cursor, url_of
from webapp.infra.jobs import ask_to_stop
from webapp.tokens.errors import InsufficientScope

_LIST = "/admin/jobs"
_PATH = "/jobs/<string(length=26):job_id>"
# What no column holds, no database is asked for.
_MOST_ITEMS = 2**31 - 1


@blueprint.get("/jobs", endpoint="jobs")
@page("admin:read")
def jobs_list() -> str:
    """Every job of the last weeks."""
    found = list_jobs(Cursor.read(request.args.get("cursor"), int, str))
    return render_template(
        "admin/jobs.html",
        jobs=found.rows,
        newer_url=url_of(_LIST, {}, found.newer),
        older_url=url_of(_LIST, {}, found.older),
        me=caller().account,
    )


@blueprint.get(_PATH, endpoint="job")
@page("admin:read")
def job_page(job_id: str) -> Any:
    """One job, as it stands. An import has a page of its own for those who may make one."""
    view = find_view(job_id)
    if view.kind == account_import.KIND and ADMINISTERS in caller().scopes:
        return redirect(f"/admin/accounts/import/{job_id}", 303)
    notes, next_after = list_notes(job_id, _after())
    may_write = ADMINISTERS in caller().scopes
    return render_template(
        "admin/job.html",
        job=view,
        notes=notes,
        next_after=next_after,
        is_first=_after() == 0,
        may_stop=not view.is_over and _may_stop(view),
        undo=find_undo(view) if may_write else None,
        me=caller().account,
    )


@blueprint.get(f"{_PATH}/progress", endpoint="job_progress")
@page("admin:read")
def show_progress(job_id: str) -> Any:
    """The same in numbers, for the page that shows it moving."""
    # A page left open is no use of the session.
    g.pop("touch", None)
    view = find_view(job_id)
    return jsonify(
        {
            "position": view.position,
            "total": view.total,
            "words": view.words,
            "outlook": view.outlook,
            "is_over": view.is_over,
        }
    )


@blueprint.post(f"{_PATH}/stop", endpoint="stop_job")
@page("admin:support", proof=True)
def stop_job(job_id: str) -> Any:
    """End it after the accounts at hand. Who only supports people stops what they asked for themselves."""
    view = find_view(job_id)
    if not _may_stop(view):
        record_denial(caller(), ADMINISTERS)
        raise InsufficientScope("Only an administrator may stop what somebody else asked for.")
    ask_to_stop(job_id, actor_id=caller().account_id)
    flash("It stops after the accounts at hand.", "info")
    return redirect(f"{_LIST}/{job_id}", 303)


def _may_stop(view: JobView) -> bool:
    standing = caller()
    if ADMINISTERS in standing.scopes:
        return True
    return "admin:support" in standing.scopes and view.asker_id == standing.account_id


def _after() -> int:
    text = request.args.get("after", "")
    return min(int(text), _MOST_ITEMS) if text.isascii() and text.isdigit() and len(text) < 12 else 0
