"""The pages of signing in and out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from webapp.access.guards import public, public_form, writes_late
from webapp.access.page_session import brought_session_id, forget_session_id
from webapp.access.visitor import brought_session_ids, page_standing
from webapp.accounts.errors import AccountLocked, AddressUnverified
from webapp.accounts.password_errors import PasswordWorkBusy
from webapp.config import current_settings
from webapp.infra.throttle import TooManyAttempts
from webapp.sessions import service as sessions
from webapp.signin.answers import drop_sign_in, put_sign_in
from webapp.signin.devices import read_device
from webapp.signin.errors import InvalidCredentials
from webapp.signin.flow import sign_in, sign_out
from webapp.signin.forms import LoginForm
from webapp.signin.return_addresses import is_return_address
from webapp.web import cookies
from webapp.web.limits import auth_view
from webapp.web.local_paths import HOME, local_path
from webapp.web.waits import wait_header

blueprint = Blueprint("signin", __name__)


@blueprint.get("/")
@public
def start() -> Any:
    """To the account when signed in, else to the sign-in page."""
    return redirect("/account" if page_standing() else url_for("signin.login"), 303)


@blueprint.get("/login", endpoint="login")
@public
def show_login() -> Any:
    """The form; a person who is signed in already goes where they were going, unless they came to confirm it."""
    if page_standing() and "confirm" not in request.args:
        return redirect(_way_on(request.args.get("next")), 303)
    form = LoginForm(formdata=None, next=_way_on(request.args.get("next"), default=""))
    return _page(form, notice=_take_end_notice())


@blueprint.post("/login", endpoint="send_login")
@auth_view
@writes_late
@public_form
def send_login() -> Any:
    """Sign in and go on; or the form again, with what was typed and one sentence for every failure."""
    form = LoginForm()
    if not form.is_sent():
        return _page(form), 422
    try:
        signed_in = sign_in(
            form.username.data or "",
            form.password.data or "",
            device=read_device(request.cookies.get(cookies.DEVICE)),
            brought_session_ids=brought_session_ids(),
        )
    except (InvalidCredentials, AccountLocked, AddressUnverified, PasswordWorkBusy) as problem:
        form.refuse(problem)
        return _page(form), problem.status, wait_header(problem)
    except TooManyAttempts as problem:
        problem.message = (
            "Too many sign-ins were tried for this account. Wait a little, "
            "or use a browser in which you have signed in before."
        )
        raise
    response = redirect(_way_on(form.next.data), 303)
    put_sign_in(response, signed_in, page=True)
    return response


@blueprint.post("/logout")
@public
def logout() -> Any:
    """End this browser's session. Signed out already is as good."""
    sign_out(brought_session_ids())
    response = redirect(url_for("signin.login"), 303)
    drop_sign_in(response, page=True)
    flash("You are signed out.", "good")
    return response


def _way_on(wanted: str | None, default: str = HOME) -> str:
    """Where signing in leads: a path on this site, or an address registered for another application."""
    return wanted if wanted and is_return_address(wanted) else local_path(wanted, default=default)


def _take_end_notice() -> str | None:
    """Why the session this browser still names is over; said once."""
    session_id = brought_session_id()
    cause = sessions.find_end_cause(session_id) if session_id else None
    if cause:
        forget_session_id()
    return cause.sentence or None if cause else None


def _page(form: LoginForm, notice: str | None = None) -> str:
    is_open = current_settings().registration == "open"
    return render_template("signin/login.html", form=form, notice=notice, registration_open=is_open)
