"""Every session of everybody, and the ways to end them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import flash, redirect, render_template, request

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.admin.forms import ConfirmForm
from webapp.admin.pages import blueprint, filters_of
from webapp.admin.sentences import cause_in_words
from webapp.admin.session_filters import FILTERS, read_filters
from webapp.admin.session_list import list_sessions
from webapp.admin.signing_out import end_everyones, end_selected, end_session, look_at
from webapp.core.errors import InvalidInput, NotFound
from webapp.core.paging import Cursor, Page, url_of
from webapp.sessions.causes import EndCause
from webapp.web.local_paths import local_path

if TYPE_CHECKING:
    from collections import Counter

    from webapp.admin.signing_out import Outcome

_LIST: Final = "/admin/sessions"
_FIELD: Final = "session"


@blueprint.get("/sessions", endpoint="sessions")
@page("admin:read")
def sessions_page() -> Any:
    """Sessions that match the filters of the URL, latest sign-in first."""
    standing = caller()
    wanted, filters, problems = read_filters(filters_of(*FILTERS))
    cursor = Cursor.read(request.args.get("cursor"), int, str)
    found, rows = (
        (Page([], None, None), []) if problems else list_sessions(wanted, filters["whom"], cursor, standing)
    )
    answer = render_template(
        "admin/sessions.html",
        sessions=rows,
        filters=filters,
        problems=problems,
        causes=[(str(each), cause_in_words(each)) for each in EndCause],
        may_end="admin:support" in standing.scopes,
        may_end_all="admin:write" in standing.scopes,
        back=request.full_path.rstrip("?"),
        newer_url=url_of(_LIST, filters, found.newer),
        older_url=url_of(_LIST, filters, found.older),
        me=standing.account,
    )
    return answer, 422 if problems else 200


@blueprint.post("/sessions/end-one", endpoint="end_session")
@page("admin:support", proof=True)
def send_end_one() -> Any:
    """End one session, and say whose it was."""
    found, was_open = end_session(request.form.get(_FIELD, ""), caller())
    whose = f"The session of {found.name} on {found.device}"
    if was_open:
        flash(f"{whose} has ended.", "good")
    else:
        flash(f"{whose} had ended before.", "info")
    return redirect(_back(), 303)


@blueprint.get("/sessions/end", endpoint="end_sessions_selected")
@page("admin:support")
def show_end_selected() -> Any:
    """Whose sessions are selected, before they are ended."""
    return _selection(request.args.getlist(_FIELD))


@blueprint.post("/sessions/end", endpoint="send_end_sessions_selected")
@page("admin:support", proof=True)
def send_end_selected() -> Any:
    """End them, and say what became of how many."""
    ids = request.form.getlist(_FIELD)
    if not ids:
        return _selection(ids)
    try:
        counts = end_selected(ids, caller())
    except InvalidInput:
        return _selection(ids)
    for text in _told(counts):
        flash(text, "info")
    flash(_number(counts["ended"]) + " ended.", "good" if counts["ended"] else "info")
    return redirect(_LIST, 303)


@blueprint.get("/sessions/end-all", endpoint="end_everyones_sessions")
@page("admin:write")
def show_end_all() -> str:
    """What ending every session does, before it is done."""
    return render_template(
        "admin/confirm.html",
        heading="End every session",
        what_happens=[
            "Every open session of everybody ends at once, yours too: on pages, in scripts and at services.",
            "Everybody can sign in again, with the same password and second factor.",
            "Services that verify tokens for themselves accept those they were given until these expire.",
            "One event of the audit tells of it. It cannot be undone.",
        ],
        form=ConfirmForm(formdata=None),
        action=f"{_LIST}/end-all",
        action_label="End every session",
        danger=True,
        active="sessions",
        cancel_url=_LIST,
        me=caller().account,
    )


@blueprint.post("/sessions/end-all", endpoint="send_end_everyones_sessions")
@page("admin:write", proof=True)
def send_end_all() -> Any:
    """End every session of everybody; the next page is the sign-in page, which says why."""
    end_everyones(caller())
    return redirect(_LIST, 303)


@blueprint.get("/sessions/<session_id>")
@page("admin:read")
def session(session_id: str) -> Any:
    """A session has no page of its own: to the sessions of whose it is."""
    found = look_at([session_id], caller())
    if not found:
        raise NotFound
    return redirect(f"{_LIST}?whom={found[0].account_id}&state=all", 303)


def _selection(ids: list[str]) -> Any:
    form, found = ConfirmForm(formdata=None), []
    try:
        found = look_at(ids, caller())
    except InvalidInput as problem:
        form.refuse(problem)
    if not any(each.can_end for each in found) and not form.errors:
        form.form_errors.append("No session is selected that you can end. Tick some in the list first.")
    answer = render_template(
        "admin/session_selection.html",
        form=form,
        sessions=[each for each in found if each.can_end],
        left_out=[each for each in found if not each.can_end],
        unknown=len(set(ids)) - len(found) if not form.errors else 0,
        field=_FIELD,
        me=caller().account,
    )
    return answer, 422 if form.errors else 200


def _told(counts: Counter[Outcome]) -> list[str]:
    """What is to be said of those that were not ended now."""
    found = []
    if counts["over"] or counts["unknown"]:
        found.append(f"{_number(counts['over'] + counts['unknown'])} had ended before.")
    if counts["own"]:
        found.append("The session you are in was left as it is. Sign out to end it.")
    if counts["beyond_reach"]:
        whose = (
            "was left as it is: it belongs"
            if counts["beyond_reach"] == 1
            else "were left as they are: they belong"
        )
        found.append(f"{_number(counts['beyond_reach'])} {whose} to people who administer.")
    return found


def _number(count: int) -> str:
    return f"{count} session{'' if count == 1 else 's'}"


def _back() -> str:
    """The page of the list that the button was on."""
    path = local_path(request.form.get("back"), default=_LIST)
    return path if path == _LIST or path.startswith(f"{_LIST}?") else _LIST
