"""The pages for a forgotten password."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from webapp.access.guards import public, public_form, writes_late
from webapp.accounts.errors import AccountNotFound
from webapp.accounts.models import Account
from webapp.accounts.password_errors import PasswordWorkBusy, UnacceptablePassword
from webapp.infra.links import LinkUnusable
from webapp.recovery.flow import get_account_for_reset, reset_password
from webapp.recovery.forms import ResetForm
from webapp.signin.answers import drop_sign_in
from webapp.signin.devices import read_device, write_device
from webapp.web import cookies
from webapp.web.limits import auth_view
from webapp.web.waits import wait_header

blueprint = Blueprint("recovery", __name__)


@blueprint.get("/forgot-password")
@public
def forgot_password() -> str:
    """What to do: an administrator can make a reset link."""
    return render_template("recovery/forgot.html")


@blueprint.get("/reset-password/<token>", endpoint="reset")
@public
def show_reset(token: str) -> Any:
    """The form. Opening the link spends nothing, for mail scanners open links."""
    try:
        account = get_account_for_reset(token)
    except (LinkUnusable, AccountNotFound) as problem:
        return _unusable(problem)
    return _page(ResetForm(formdata=None), account)


@blueprint.post("/reset-password/<token>", endpoint="send_reset")
@auth_view
@writes_late
@public_form
def send_reset(token: str) -> Any:
    """Change the password, end every session, and go to sign in."""
    form = ResetForm()
    try:
        account = get_account_for_reset(token)
        if not form.is_sent():
            return _page(form, account), 422
        reset_password(token, form.password.data or "")
    except (LinkUnusable, AccountNotFound) as problem:
        return _unusable(problem)
    except (UnacceptablePassword, PasswordWorkBusy) as problem:
        form.refuse(problem)
        return _page(form, account), problem.status, wait_header(problem)
    response = redirect(url_for("signin.login"), 303)
    drop_sign_in(response, page=True)
    # Whoever holds the link is the owner: a crowd that guesses must not keep them out of this browser.
    device = read_device(request.cookies.get(cookies.DEVICE)).with_account(account.id)
    cookies.put(response, cookies.DEVICE, write_device(device), until=cookies.YEAR_SECONDS)
    flash("Your password is changed and every session has ended. Sign in with the new password.", "good")
    return response


def _page(form: ResetForm, account: Account) -> str:
    return render_template("recovery/reset.html", form=form, username=account.username)


def _unusable(problem: LinkUnusable | AccountNotFound) -> Any:
    reason = problem.extra.get("reason", "unknown")
    return render_template("recovery/link_unusable.html", reason=reason, purpose="reset"), 410
