"""The pages of set-up and registration."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from webapp.access.guards import public, public_form, writes_late
from webapp.access.visitor import brought_session_ids, page_standing
from webapp.accounts.password_errors import PasswordWorkBusy, UnacceptablePassword
from webapp.config import current_settings
from webapp.core.errors import InvalidInput
from webapp.infra.links import LinkUnusable
from webapp.joining import flow
from webapp.joining.errors import RegistrationClosed, SetupDone, SetupRequired
from webapp.joining.forms import JoiningForm
from webapp.signin.answers import carry_name, put_sign_in
from webapp.signin.devices import read_device
from webapp.signin.flow import start
from webapp.web import cookies
from webapp.web.limits import auth_view, joining_view
from webapp.web.waits import wait_header

blueprint = Blueprint("joining", __name__)


@blueprint.get("/register", endpoint="register")
@public
def show_register() -> Any:
    """The form, unless nobody may register."""
    if page_standing():
        return redirect("/account", 303)
    return _closed() or render_template("joining/register.html", form=JoiningForm(formdata=None))


@blueprint.post("/register", endpoint="send_register")
@joining_view
@writes_late
@public_form
def send_register() -> Any:
    """Make the account and go to sign in; or the form again, with what was typed."""
    closed = _closed()
    if closed is not None:
        return closed
    form = JoiningForm()
    try:
        if not form.is_sent():
            return render_template("joining/register.html", form=form), 422
        account = flow.register(form.username.data or "", form.email.data or "", form.password.data or "")
    except (InvalidInput, UnacceptablePassword, PasswordWorkBusy) as problem:
        form.refuse(problem)
        return render_template("joining/register.html", form=form), problem.status, wait_header(problem)
    letter = ""
    if current_settings().sends_mail and account.email is not None:
        # Whoever owns the address: a letter goes there.
        letter = (
            f" A letter about it goes to {account.email.address}: open the link in it to verify the address."
        )
    carry_name(account.username)
    flash(f"Your account {account.username} is ready. Sign in to begin.{letter}", "good")
    return redirect(url_for("signin.login"), 303)


@blueprint.get("/setup/<token>", endpoint="set_up")
@public
def show_set_up(token: str) -> Any:
    """The form for the first administrator. Opening the link spends nothing."""
    return _unusable(token) or render_template("joining/setup.html", form=JoiningForm(formdata=None))


@blueprint.post("/setup/<token>", endpoint="send_set_up")
@auth_view
@writes_late
@public_form
def send_set_up(token: str) -> Any:
    """Make the first administrator and sign them in."""
    unusable = _unusable(token)
    if unusable is not None:
        return unusable
    form = JoiningForm()
    try:
        if not form.is_sent():
            return render_template("joining/setup.html", form=form), 422
        account = flow.set_up(
            token, form.username.data or "", form.email.data or "", form.password.data or ""
        )
    except (InvalidInput, UnacceptablePassword, PasswordWorkBusy) as problem:
        form.refuse(problem)
        return render_template("joining/setup.html", form=form), problem.status, wait_header(problem)
    device = read_device(request.cookies.get(cookies.DEVICE))
    response = redirect("/account", 303)
    put_sign_in(response, start(account, device, brought_session_ids()), page=True)
    return response


def _closed() -> Any:
    try:
        flow.require_registration_open()
    except (SetupRequired, RegistrationClosed) as problem:
        reason = "setup_required" if isinstance(problem, SetupRequired) else current_settings().registration
        return render_template("joining/closed.html", reason=reason), problem.status, wait_header(problem)
    return None


def _unusable(token: str) -> Any:
    try:
        flow.require_setup_open(token)
    except SetupDone as problem:
        return render_template("recovery/link_unusable.html", reason="used", purpose="setup"), problem.status
    except LinkUnusable as problem:
        reason = problem.extra["reason"]
        return render_template("recovery/link_unusable.html", reason=reason, purpose="setup"), problem.status
    return None
