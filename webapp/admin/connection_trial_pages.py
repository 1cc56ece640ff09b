"""The page on which a connection is tried out: the call is made while no database connection is held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import make_response, render_template

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.admin.connection_forms import TrialForm
from webapp.admin.connection_trial import carry_out, prepare_trial, without_key
from webapp.admin.connection_view import show_connection
from webapp.admin.pages import blueprint
from webapp.core.errors import Problem
from webapp.core.origin import current_origin
from webapp.web.late_answers import LateAnswer

if TYPE_CHECKING:
    from webapp.admin.connection_trial import Trial
    from webapp.admin.connection_view import ShownConnection

_PATH = "/connections/<string(length=26):connection_id>/test"


@blueprint.get(_PATH, endpoint="test_connection")
@page("admin:write")
def show_test(connection_id: str) -> str:
    """The form for a call."""
    shown = show_connection(connection_id)
    return _page(shown, TrialForm(formdata=None, method=shown.words.methods[0], path=_first_path(shown)))


@blueprint.post(_PATH, endpoint="send_test_connection")
@page("admin:write", proof=True)
def send_test(connection_id: str) -> Any:
    """Make the call, and show both sides of it."""
    shown, form = show_connection(connection_id), TrialForm()
    if not form.is_sent():
        return _page(shown, form), 422
    # A browser sends line ends in the form of the network's text protocols.
    path, body = form.path.data or "", (form.body.data or "").replace("\r\n", "\n")
    form.path.data, form.body.data = without_key(shown.row, path), without_key(shown.row, body)
    try:
        prepared = prepare_trial(
            shown.row,
            form.method.data or "",
            path,
            body,
            actor_id=caller().account_id,
            request_id=current_origin().request_id,
        )
    except Problem as problem:
        form.refuse(problem)
        return _page(show_connection(connection_id), form), problem.status
    return LateAnswer(lambda: make_response(_page(shown, form, carry_out(prepared))))


def _first_path(shown: ShownConnection) -> str:
    """The beginning of what the first pattern allows."""
    return shown.words.paths[0].partition("*")[0]


def _page(shown: ShownConnection, form: TrialForm, trial: Trial | None = None) -> str:
    form.method.choices = [(each, each) for each in shown.words.methods]
    return render_template(
        "admin/connection_test.html", shown=shown, form=form, trial=trial, me=caller().account
    )
