"""Securing one or many accounts: the page that says what will happen to whom, and the one that says what did."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.admin.mails import RESET_HOURS
from webapp.admin.pages import blueprint
from webapp.admin.secure import (
    NothingSelected,
    Selection,
    TooManySelected,
    look_at,
    secure_accounts,
)
from webapp.core.errors import Problem
from webapp.web.forms import Form

_PATH = "/accounts/secure"
_FIELD = "account"


class SecureForm(Form):
    """The accounts stand beside it, by the same name as often as there are any."""


@blueprint.get(_PATH, endpoint="secure")
@page("admin:write")
def show_secure() -> Any:
    """What securing does, to each account that the address names, before it is done."""
    standing = caller()
    try:
        selection = look_at(request.args.getlist(_FIELD), actor_id=standing.account_id)
    except TooManySelected as problem:
        return _refused(problem)
    return _refused(NothingSelected(), selection) if not selection.prospects else _page(None, selection)


@blueprint.post(_PATH, endpoint="send_secure")
@page("admin:write", proof=True)
def send_secure() -> Any:
    """Secure them in turn, and say what happened to each."""
    standing = caller()
    ids = request.form.getlist(_FIELD)
    try:
        result = secure_accounts(ids, standing)
    except (NothingSelected, TooManySelected) as problem:
        return _refused(problem)
    return render_template(
        "admin/secured.html",
        result=result,
        has_own=standing.account_id in ids,
        unknown=len(set(ids) - {standing.account_id}) - len(result.done) - result.left,
        hours=RESET_HOURS,
        back_url=_back_to([each.id for each in result.done]),
        me=standing.account,
    )


def _refused(problem: Problem, selection: Selection | None = None) -> Any:
    form = SecureForm(formdata=None)
    form.refuse(problem)
    return _page(form, selection or Selection((), 0, has_own=False)), problem.status


def _page(form: SecureForm | None, selection: Selection) -> str:
    return render_template(
        "admin/secure.html",
        form=form,
        selection=selection,
        field=_FIELD,
        hours=RESET_HOURS,
        back_url=_back_to(selection.ids),
        me=caller().account,
    )


def _back_to(ids: list[str]) -> str:
    """One account came from its own page, several from the list."""
    return f"/admin/accounts/{ids[0]}" if len(ids) == 1 else "/admin/accounts"
