"""Leaving, on pages: for whoever has no JavaScript, and for the link of a letter."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.accounts import service as accounts
from webapp.accounts.errors import LastAdministrator
from webapp.profile.departure import TIME_TO_RETURN, keep_account, request_deletion
from webapp.sessions import service as sessions
from webapp.signin.answers import drop_sign_in
from webapp.web.forms import Form

blueprint = Blueprint("departure", __name__)


class DepartureForm(Form):
    """Nothing but the intention."""


@blueprint.get("/account/departure", endpoint="show")
@page()
def show_departure() -> str:
    """What deletion does, or the day for which it is set and the way to stay."""
    return _page(DepartureForm(formdata=None))


@blueprint.post("/account/departure", endpoint="send")
@page(proof=True)
def send_departure() -> Any:
    """Ask for the account to be deleted, and sign out."""
    form = DepartureForm()
    try:
        due_at = request_deletion(caller())
    except LastAdministrator as problem:
        form.refuse(problem)
        return _page(form), problem.status
    response = redirect(url_for("signin.login"), 303)
    drop_sign_in(response, page=True)
    day = f"{due_at.day} {due_at:%B %Y}"
    flash(f"Your account is deleted on {day}. Sign in before that day if you want to keep it.", "info")
    return response


@blueprint.post("/account/departure/keep", endpoint="keep")
@page()
def send_keep() -> Any:
    """Call the deletion off."""
    if keep_account(caller()):
        flash("Your account is kept. Everything in it is as it was.", "good")
    return redirect(url_for("departure.show"), 303)


def _page(form: DepartureForm) -> str:
    account = caller().account
    return render_template(
        "profile/departure.html",
        form=form,
        due_at=account.deletion_due_at,
        days=TIME_TO_RETURN.days,
        number=len(sessions.list_sessions(account)),
        is_last_administrator=accounts.is_last_administrator(account),
        me=account,
    )
