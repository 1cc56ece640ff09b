"""The pages of signing in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from webapp.access.guards import public, public_form, writes_late
from webapp.access.page_proof import proof_choices
from webapp.access.page_session import (
    brought_session_id,
    forget_session_id,
    keep_page_session,
    keep_pending_sign_in,
)
from webapp.access.visitor import brought_session_ids, page_standing
from webapp.accounts import service as accounts
from webapp.accounts.errors import AccountLocked, AddressUnverified
from webapp.accounts.password_errors import PasswordWorkBusy
from webapp.config import current_settings
from webapp.factors.passkey_errors import PasskeyRefused
from webapp.infra.throttle import TooManyAttempts
from webapp.sessions import service as sessions
from webapp.sessions.errors import ProofRefused, SessionEnded
from webapp.signin.answers import (
    device_of_request,
    drop_sign_in,
    put_device,
    put_refresh_cookies,
    put_sign_in,
    sending_letter_again,
    take_carried_name,
)
from webapp.signin.confirmation import confirm_identity
from webapp.signin.errors import InvalidCredentials, PasswordVoided, SecondFactorNeeded
from webapp.signin.flow import sign_in, sign_out
from webapp.signin.forms import LoginForm, ProofForm
from webapp.signin.pending import FactorDue
from webapp.signin.return_addresses import is_return_address, origin_of
from webapp.web.limits import auth_view
from webapp.web.local_paths import HOME, local_path
from webapp.web.waits import in_words, wait_header

if TYPE_CHECKING:
    from webapp.sessions.service import Standing
    from webapp.signin.flow import SignedIn

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
    standing = page_standing()
    if standing is not None:
        if "confirm" in request.args:
            return _confirm_page(standing, ProofForm(formdata=None))
        return redirect(way_on(request.args.get("next")), 303)
    wanted = way_on(request.args.get("next"), default="")
    form = LoginForm(formdata=None, next=wanted, username=take_carried_name())
    return login_page(form, notice=_take_end_notice())


@blueprint.post("/login", endpoint="send_login")
@auth_view
@writes_late
@public_form
def send_login() -> Any:
    """Sign in and go on; or the form again, with what was typed and one sentence for every failure."""
    if "confirm" in request.args:
        return _confirm()
    form = LoginForm()
    if not form.is_sent():
        return login_page(form), 422
    device = device_of_request()
    try:
        with sending_letter_again():
            outcome = sign_in(
                form.username.data or "",
                form.password.data or "",
                device=device,
                brought_session_ids=brought_session_ids(),
                is_page=True,
            )
    except (
        InvalidCredentials,
        PasswordVoided,
        AccountLocked,
        AddressUnverified,
        PasswordWorkBusy,
    ) as problem:
        form.refuse(problem)
        is_voided = isinstance(problem, PasswordVoided)
        return login_page(form, is_voided=is_voided), problem.status, wait_header(problem)
    except TooManyAttempts as problem:
        problem.message = (
            "Too many sign-ins were tried for this account. Wait a little, "
            "or use a browser in which you have signed in before."
        )
        raise
    if isinstance(outcome, FactorDue):
        keep_pending_sign_in(outcome.token)
        response = redirect(url_for("signin.factor", next=form.next.data or None), 303)
        # The second step has to come from the browser that took the first.
        put_device(response, device)
        return response
    return answer_arrival(outcome, form.next.data)


@blueprint.post("/logout")
@public
def logout() -> Any:
    """End this browser's session. Signed out already is as good."""
    sign_out(brought_session_ids())
    response = redirect(url_for("signin.login"), 303)
    drop_sign_in(response, page=True)
    flash("You are signed out.", "good")
    return response


def _confirm() -> Any:
    """Go on in the same session with new tokens; a session that is over by now needs a sign-in, which says why."""
    standing = page_standing()
    if standing is None:
        return redirect(url_for("signin.login", next=way_on(request.args.get("next"))), 303)
    form = ProofForm()
    if not form.is_sent():
        return _confirm_page(standing, form), 422
    try:
        standing = confirm_identity(
            standing,
            password=form.password.data,
            code=form.code.data,
            credential=form.credential.data or None,
            device=device_of_request(),
            brought_session_ids=brought_session_ids(),
        )
    except SessionEnded:
        return redirect(url_for("signin.login", next=way_on(request.args.get("next"))), 303)
    except (ProofRefused, SecondFactorNeeded, PasskeyRefused, TooManyAttempts, PasswordWorkBusy) as problem:
        form.refuse(problem)
        if problem.retry_after:
            form.form_errors.append(in_words(problem.retry_after))
        return _confirm_page(standing, form), problem.status, wait_header(problem)
    response = redirect(way_on(request.args.get("next")), 303)
    put_refresh_cookies(response, standing.session)
    keep_page_session(standing.session.id)
    return response


def _confirm_page(standing: Standing, form: ProofForm) -> str:
    wanted = way_on(request.args.get("next"))
    let_lead_to(wanted)
    action = url_for("signin.login", confirm=1, next=wanted)
    choices = proof_choices(standing)
    return render_template("signin/confirm.html", form=form, me=standing.account, action=action, **choices)


def answer_arrival(signed_in: SignedIn, wanted: str | None) -> Any:
    """Let in whoever has just signed in: where they were going, or first to the factor that a role requires."""
    account = signed_in.standing.account
    response = redirect("/account/second-step" if account.lacks_required_factor else way_on(wanted), 303)
    put_sign_in(response, signed_in, page=True)
    return response


def let_lead_to(wanted: str | None) -> None:
    """A form of this page may end at another application's address, where that is registered."""
    if wanted and is_return_address(wanted):
        g.form_leads_to = origin_of(wanted)


def way_on(wanted: str | None, default: str = HOME) -> str:
    """Where signing in leads: a path on this site, or an address registered for another application."""
    return wanted if wanted and is_return_address(wanted) else local_path(wanted, default=default)


def _take_end_notice() -> str | None:
    """Why the session this browser still names is over; said once."""
    session_id = brought_session_id()
    cause = sessions.find_end_cause(session_id) if session_id else None
    if cause:
        forget_session_id()
    return cause.sentence or None if cause else None


def login_page(form: LoginForm, notice: str | None = None, *, is_voided: bool = False) -> str:
    """The page that every way in begins at, and shows its refusals on."""
    let_lead_to(form.next.data)
    settings, is_set_up = current_settings(), accounts.has_administrator()
    return render_template(
        "signin/login.html",
        form=form,
        notice=notice,
        is_set_up=is_set_up,
        in_production=settings.in_production,
        # Before set-up nobody can register, however open it is.
        registration_open=is_set_up and settings.registration == "open",
        is_voided=is_voided,
    )
