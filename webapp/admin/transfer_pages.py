"""Accounts as files: the export of those that are filtered, and the import that first says what it would do."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlencode

from flask import current_app, flash, g, jsonify, redirect, render_template, request
from flask.wrappers import Response

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.admin import account_import
from webapp.admin.account_export import begin_export
from webapp.admin.account_filters import NAMES, Criteria
from webapp.admin.export_files import TYPES
from webapp.admin.import_files import MOST_BYTES, MOST_RECORDS, read_file
from webapp.admin.import_view import SHOWS, ImportView, find_import, list_lines
from webapp.admin.pages import blueprint, filters_of
from webapp.admin.transfer_forms import ConfirmImportForm, ImportForm
from webapp.core import clock
from webapp.core.errors import InvalidInput, Problem
from webapp.core.opaque import new_id
from webapp.infra.database import let_go
from webapp.infra.job_errors import JobQueued

IMPORT_PATH: Final = "/admin/accounts/import"
TOO_LARGE_PATH: Final = "/admin/accounts/import/too-large"
# The file, and what a form puts around it.
MOST_SENT: Final = MOST_BYTES + 65_536
_JOB: Final = "/accounts/import/<string(length=26):job_id>"
_ID: Final = re.compile(r"[a-z2-7]{26}")
_MOST_SHOWN_AGAIN: Final = 65_536
# What no column holds, no database is asked for.
_MOST_LINES: Final = 2**31 - 1


@blueprint.get("/accounts/export")
@page("admin:read")
def export_form() -> str:
    """Whom an export would hold, and the form that makes it."""
    return _export_page(filters_of(*NAMES), None)


@blueprint.post("/accounts/export")
@page("admin:read", proof=True)
def export_accounts() -> Any:
    """Every account that the filters of the form let through, as a file. A POST: it is recorded who took a copy."""
    asked = {name: request.form.get(name, "").replace("\x00", "").strip()[:200] for name in NAMES}
    form = request.form.get("format", "")
    if form not in TYPES:
        return _export_page(asked, "Choose CSV or JSON Lines."), 422
    # Its batches are read long after this view has returned, when Flask has left the application's context.
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    reader = {"actor_id": caller().account_id, "session_id": caller().session_id}
    pieces = begin_export(Criteria.read(asked), form, **reader, at_work=app.app_context)
    response = Response(pieces, content_type=TYPES[form])
    name = f"accounts-{clock.now():%Y-%m-%d-%H%M%S}.{form}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    # A proxy that collects an answer before it sends it would need room for all of it.
    response.headers["X-Accel-Buffering"] = "no"
    return response


@blueprint.get("/accounts/import")
@page("admin:write")
def import_form() -> str:
    """What a file may hold, and the form that takes one."""
    return _import_page(ImportForm(formdata=None, id=new_id()))


@blueprint.get("/accounts/import/too-large")
@page("admin:write")
def import_too_large() -> Any:
    """Where a file over the limit leads to: it was not read to its end, so that there is nothing to show of it."""
    form = ImportForm(formdata=None, id=new_id())
    form.point_at({"file": _too_large()})
    return _import_page(form), 413


@blueprint.post("/accounts/import")
@page("admin:write", proof=True)
def send_import() -> Any:
    """Have the file checked. Stores nothing but the file, sealed, until somebody confirms it."""
    form = ImportForm()
    if not form.is_sent():
        return _import_page(form), 422
    job_id: str = form.id.data or ""
    if not _ID.fullmatch(job_id):
        job_id = form.id.data = new_id()
    if "begin" in request.form:
        # A proof was asked for in front of the form, so that it need not be asked for behind it.
        return redirect(IMPORT_PATH, 303)
    try:
        data = _read_data()
        # Reading it takes a second, for which nobody else is kept from writing.
        let_go()
        file = read_file(data)
        standing = caller()
        account_import.queue_import(
            file, actor_id=standing.account_id, job_id=job_id, session_id=standing.session_id
        )
    except JobQueued as problem:
        flash(problem.message, "info")
    except Problem as problem:
        form.refuse(problem)
        return _import_page(form), problem.status
    return redirect(f"{IMPORT_PATH}/{job_id}", 303)


@blueprint.get(_JOB)
@page("admin:write")
def import_page(job_id: str) -> str:
    """One import: how far it is, what would happen line by line, and what has."""
    return _view_page(find_import(job_id), ConfirmImportForm(formdata=None))


@blueprint.get(f"{_JOB}/progress")
@page("admin:write")
def show_import_progress(job_id: str) -> Any:
    """The same in numbers, for the page that shows it moving."""
    # A page left open is no use of the session.
    g.pop("touch", None)
    view = find_import(job_id)
    return jsonify(
        {
            "position": view.position,
            "total": view.total,
            "words": view.words,
            "outlook": "It goes on when you leave this page, and after a restart.",
            "is_over": not view.is_under_way,
        }
    )


@blueprint.post(f"{_JOB}/confirm")
@page("admin:write", proof=True)
def confirm_import(job_id: str) -> Any:
    """Store what the check found new."""
    form = ConfirmImportForm()
    if not form.is_sent():
        return _view_page(find_import(job_id), form), 422
    try:
        standing = caller()
        account_import.confirm(
            job_id,
            actor_id=standing.account_id,
            leaves_out_faulty=bool(form.leave_out.data),
            session_id=standing.session_id,
        )
    except account_import.ImportAnswered as problem:
        flash(problem.message, "info")
    except InvalidInput as problem:
        form.refuse(problem)
        return _view_page(find_import(job_id), form), problem.status
    return redirect(f"{IMPORT_PATH}/{job_id}", 303)


@blueprint.post(f"{_JOB}/stop")
@page("admin:write", proof=True)
def stop_import(job_id: str) -> Any:
    """Discard it before anything is stored, or end it after the accounts at hand."""
    if not account_import.stop(job_id, actor_id=caller().account_id):
        flash("It stops after the accounts at hand.", "info")
    return redirect(f"{IMPORT_PATH}/{job_id}", 303)


def _read_data() -> bytes:
    """What was sent, as a file or as text. Raises InvalidInput."""
    sent = request.files.get("file")
    # One byte more than may be, to tell a full file from one too large.
    data = sent.read(MOST_BYTES + 1) if sent is not None else b""
    text = request.form.get("text", "")
    if data and text.strip():
        raise InvalidInput(fields={"text": "Choose a file or paste its text, not both."})
    data = data or (text.encode(errors="replace") if text.strip() else b"")
    if not data:
        named = sent is not None and sent.filename
        raise InvalidInput(
            fields={"file": "This file is empty." if named else "Choose a file, or paste its text."}
        )
    if len(data) > MOST_BYTES:
        raise InvalidInput(fields={"file": _too_large()})
    return data


def _too_large() -> str:
    return (
        f"The file is larger than {MOST_BYTES // 1_000_000} MB. Split it, or run `flask accounts import` "
        "on the server, which takes files of any size."
    )


def _export_page(asked: dict[str, str], problem: str | None) -> str:
    criteria = Criteria.read(asked)
    filters = {name: value for name in NAMES if (value := getattr(criteria, name))}
    return render_template(
        "admin/transfer/export.html",
        filters=filters,
        problem=problem,
        back_url=f"/admin/accounts?{urlencode(filters)}" if filters else "/admin/accounts",
        me=caller().account,
    )


def _import_page(form: ImportForm) -> str:
    if len(form.text.data or "") > _MOST_SHOWN_AGAIN:
        form.text.data = ""
    return render_template(
        "admin/transfer/import.html",
        form=form,
        is_proved=caller().is_freshly_proved,
        most_megabytes=MOST_BYTES // 1_000_000,
        most_records=MOST_RECORDS,
        me=caller().account,
    )


def _view_page(view: ImportView, form: ConfirmImportForm) -> str:
    show = request.args.get("show", "all")
    if show not in SHOWS:
        show = "all"
    text = request.args.get("after", "")
    after = min(int(text), _MOST_LINES) if text.isascii() and text.isdigit() and len(text) < 12 else 0
    lines, next_after = list_lines(view.id, show, after) if view.count_of(show) else ([], None)
    return render_template(
        "admin/transfer/outcome.html",
        job=view,
        form=form,
        show=show,
        lines=lines,
        next_after=next_after,
        is_first=after == 0,
        me=caller().account,
    )
