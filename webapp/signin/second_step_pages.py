"""The page of the second step: a code or a passkey, after the right password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, g, jsonify, redirect, render_template, request, url_for

from webapp.access.guards import public, public_form
from webapp.access.page_session import forget_pending_sign_in, pending_sign_in
from webapp.access.visitor import brought_session_ids
from webapp.accounts.errors import AccountLocked, AddressUnverified
from webapp.factors.errors import FactorRefused
from webapp.factors.passkey_errors import PasskeyRefused
from webapp.infra.throttle import TooManyAttempts
from webapp.signin.answers import (
    device_of_request,
    sending_letter_again,
)
from webapp.signin.errors import SecondStepOver
from webapp.signin.forms import LoginForm, SecondStepForm
from webapp.signin.pages import answer_arrival, blueprint, let_lead_to, login_page, way_on
from webapp.signin.second_step import finish_with_code, finish_with_passkey, get_due_step, passkey_options
from webapp.web.limits import auth_view
from webapp.web.waits import in_words, wait_header

if TYPE_CHECKING:
    from webapp.signin.flow import SignedIn
    from webapp.signin.pending import FactorDue


@blueprint.get("/login/factor", endpoint="factor")
@public
def show_factor() -> Any:
    """The form, while a sign-in waits in this browser."""
    try:
        due = _due()
    except SecondStepOver as over:
        return _begin_again(over, request.args.get("next"))
    return _page(SecondStepForm(formdata=None, next=way_on(request.args.get("next"), default="")), due)


@blueprint.post("/login/factor", endpoint="send_factor")
@auth_view
@public_form
def send_factor() -> Any:
    """Finish signing in and go on; or the form again, with what is wrong; or back to the password."""
    form = SecondStepForm()
    try:
        due = _due()
        if not form.is_sent():
            return _page(form, due), 422
        with sending_letter_again():
            signed_in = _finish(form, due.token)
    except SecondStepOver as over:
        return _begin_again(over, form.next.data)
    except (AccountLocked, AddressUnverified) as problem:
        forget_pending_sign_in()
        again = LoginForm(formdata=None, next=form.next.data)
        again.refuse(problem)
        return login_page(again), problem.status
    except (FactorRefused, PasskeyRefused, TooManyAttempts) as problem:
        return _refuse(form, problem)
    return answer_arrival(signed_in, form.next.data)


@blueprint.post("/login/factor/passkey-options", endpoint="factor_options")
@auth_view
@public
def factor_options() -> Any:
    """What the browser asks the passkeys of whoever is signing in with, for this sign-in alone."""
    return jsonify({"options": passkey_options(pending_sign_in(), device_of_request(), is_page=True)})


def _finish(form: SecondStepForm, token: str) -> SignedIn:
    device, brought, trusts = device_of_request(), brought_session_ids(), bool(form.trust.data)
    if form.credential.data:
        return finish_with_passkey(
            token,
            form.credential.data,
            device=device,
            is_page=True,
            trusts_device=trusts,
            brought_session_ids=brought,
        )
    return finish_with_code(
        token,
        form.code.data or "",
        device=device,
        is_page=True,
        trusts_device=trusts,
        brought_session_ids=brought,
    )


def _due() -> FactorDue:
    return get_due_step(pending_sign_in(), device_of_request(), is_page=True)


def _refuse(form: SecondStepForm, problem: FactorRefused | PasskeyRefused | TooManyAttempts) -> Any:
    form.refuse(problem)
    if isinstance(problem, FactorRefused):
        form.form_errors.remove(problem.message)
        form.point_at({"code": problem.message})
    if problem.retry_after:
        form.form_errors.append(in_words(problem.retry_after))
    try:
        due = _due()
    except SecondStepOver:
        # That was the last try.
        return _begin_again(SecondStepOver("Too many wrong codes. Sign in again."), form.next.data)
    return _page(form, due), problem.status, wait_header(problem)


def _begin_again(over: SecondStepOver, wanted: str | None) -> Any:
    """Back to the password; said why, unless nothing had begun in this browser."""
    if "form_is_refused" in g:
        # Sent by no page of this browser: it changes nothing here.
        again = LoginForm(formdata=None, next=way_on(wanted, default=""))
        again.form_errors.append(over.message)
        return login_page(again), 422
    if pending_sign_in():
        flash(over.message, "info")
    forget_pending_sign_in()
    return redirect(url_for("signin.login", next=way_on(wanted, default="") or None), 303)


def _page(form: SecondStepForm, due: FactorDue) -> str:
    let_lead_to(form.next.data)
    by_recovery_code = "totp" not in due.methods or request.args.get("with") == "recovery"
    return render_template(
        "signin/factor.html",
        form=form,
        username=due.account.username,
        methods=due.methods,
        by_recovery_code=by_recovery_code,
    )
