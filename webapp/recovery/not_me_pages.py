"""The page behind "This wasn't me" in a letter: what will happen, and the button that does it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from webapp.access.guards import public, public_form
from webapp.accounts.errors import AccountNotFound
from webapp.accounts.models import Account
from webapp.infra.links import LinkUnusable
from webapp.recovery.not_me import open_letter_link, secure_by_letter
from webapp.recovery.not_me_forms import NotMeForm
from webapp.sessions import service as sessions
from webapp.web.limits import auth_view

blueprint = Blueprint("not_me", __name__)


@blueprint.get("/not-me/<token>", endpoint="show")
@public
def show_not_me(token: str) -> Any:
    """What will happen. Opening the link does nothing, for mail scanners open links."""
    try:
        account = open_letter_link(token)
    except (LinkUnusable, AccountNotFound) as problem:
        return _unusable(problem)
    return _page(NotMeForm(formdata=None), account)


@blueprint.post("/not-me/<token>", endpoint="send")
@auth_view
@public_form
def send_not_me(token: str) -> Any:
    """Secure the account, and go on to choosing a new password in this browser."""
    form = NotMeForm()
    try:
        account = open_letter_link(token)
        if not form.is_sent():
            return _page(form, account), 422
        reset = secure_by_letter(token)
    except (LinkUnusable, AccountNotFound) as problem:
        return _unusable(problem)
    return redirect(url_for("recovery.reset", token=reset), 303)


def _page(form: NotMeForm, account: Account) -> str:
    return render_template(
        "recovery/not_me.html",
        form=form,
        username=account.username,
        number=len(sessions.list_sessions(account)),
        has_second_factor=account.second_factor_since is not None,
    )


def _unusable(problem: LinkUnusable | AccountNotFound) -> Any:
    reason = problem.extra.get("reason", "unknown")
    return render_template("recovery/link_unusable.html", reason=reason, purpose="not_me"), 410
