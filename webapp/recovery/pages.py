"""The pages for a forgotten password."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from webapp.access.guards import public, public_form, writes_late
from webapp.accounts.errors import AccountNotFound
from webapp.accounts.models import Account
from webapp.accounts.password_errors import PasswordWorkBusy, UnacceptablePassword
from webapp.infra.links import LinkUnusable
from webapp.recovery.flow import (
    BETWEEN_LETTERS,
    find_way_on,
    get_account_for_reset,
    request_reset,
    reset_password,
    sends_reset_links,
)
from webapp.recovery.forms import ForgotForm, ResetForm
from webapp.signin.answers import device_of_request, drop_sign_in, put_device
from webapp.signin.known_devices import make_known
from webapp.web.limits import auth_view, joining_view
from webapp.web.waits import wait_header

blueprint = Blueprint("recovery", __name__)


@blueprint.get("/forgot-password", endpoint="forgot_password")
@public
def show_forgot_password() -> str:
    """The form for a reset link; where no mail is, how to have one made by an administrator."""
    if not sends_reset_links():
        return render_template("recovery/forgot.html")
    if "sent" in request.args:
        return render_template(
            "recovery/forgot_sent.html", minutes=int(BETWEEN_LETTERS.total_seconds() // 60)
        )
    return render_template("recovery/forgot.html", form=ForgotForm(formdata=None))


@blueprint.post("/forgot-password", endpoint="send_forgot_password")
@joining_view
@writes_late
@public_form
def send_forgot_password() -> Any:
    """Send a link, or none: the answer is the same for every name, so that it tells nothing about any."""
    if not sends_reset_links():
        return render_template("recovery/forgot.html"), 409
    form = ForgotForm()
    if not form.is_sent():
        return render_template("recovery/forgot.html", form=form), 422
    request_reset(form.username.data or "")
    return redirect(url_for("recovery.forgot_password", sent=1), 303)


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
        way_on = find_way_on(token)
        account = reset_password(token, form.password.data or "")
    except (LinkUnusable, AccountNotFound) as problem:
        return _unusable(problem)
    except (UnacceptablePassword, PasswordWorkBusy) as problem:
        form.refuse(problem)
        return _page(form, account), problem.status, wait_header(problem)
    response = redirect(url_for("signin.login", next=way_on), 303)
    drop_sign_in(response, page=True)
    # A crowd that guesses must not keep whoever holds the link out of this browser.
    put_device(response, make_known(account, device_of_request()))
    flash("Your password is changed and every session has ended. Sign in with the new password.", "good")
    return response


def _page(form: ResetForm, account: Account) -> str:
    return render_template("recovery/reset.html", form=form, username=account.username)


def _unusable(problem: LinkUnusable | AccountNotFound) -> Any:
    reason = problem.extra.get("reason", "unknown")
    page = render_template(
        "recovery/link_unusable.html", reason=reason, purpose="reset", sends_mail=sends_reset_links()
    )
    return page, 410
