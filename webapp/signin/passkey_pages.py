"""Signing in with a passkey on the page. Scripts ask for the options; what the passkey answers comes as a form."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, redirect, session, url_for
from wtforms import HiddenField

from webapp.access.guards import page, public, public_form
from webapp.access.visitor import brought_session_ids, caller
from webapp.accounts.errors import AccountLocked, AddressUnverified
from webapp.core.opaque import digest_of, new_opaque_token
from webapp.factors.passkey_errors import PasskeyRefused
from webapp.factors.passkeys import assertion_options
from webapp.infra.throttle import TooManyAttempts
from webapp.signin import proof
from webapp.signin.answers import (
    device_of_request,
    sending_letter_again,
)
from webapp.signin.errors import PasskeySetAside, PasswordVoided
from webapp.signin.forms import LoginForm
from webapp.signin.pages import answer_arrival, login_page
from webapp.signin.passkey_flow import sign_in_with_passkey
from webapp.web.forms import Form
from webapp.web.limits import auth_view
from webapp.web.waits import in_words, wait_header

blueprint = Blueprint("passkeys", __name__)
_BROWSER = "passkey"


class PasskeyForm(Form):
    """What a passkey answered, as JSON, and where the person was going."""

    credential = HiddenField()
    next = HiddenField()


@blueprint.post("/login/passkey/options")
@auth_view
@public
def login_options() -> Any:
    """What this browser asks its passkeys with; no other browser can give the answer."""
    browser = session.get(_BROWSER)
    if not isinstance(browser, str):
        browser = session[_BROWSER] = new_opaque_token()
    return jsonify({"options": assertion_options("sign_in", account_id=None, bound_to=_name_of(browser))})


@blueprint.get("/login/passkey")
@public
def begin_again() -> Any:
    """For whoever loads the address of a refusal once more, or changes its colours."""
    return redirect(url_for("signin.login"), 303)


@blueprint.post("/login/passkey")
@auth_view
@public_form
def send_passkey() -> Any:
    """Sign in and go on; or the sign-in page, with one sentence for what failed."""
    form = PasskeyForm()
    if not form.is_sent():
        return _refused(form), 422
    browser = session.get(_BROWSER)
    try:
        with sending_letter_again():
            signed_in = sign_in_with_passkey(
                form.credential.data or "",
                bound_to=_name_of(browser) if isinstance(browser, str) else "",
                device=device_of_request(),
                brought_session_ids=brought_session_ids(),
            )
    except (
        PasskeyRefused,
        PasswordVoided,
        PasskeySetAside,
        AccountLocked,
        AddressUnverified,
        TooManyAttempts,
    ) as problem:
        form.refuse(problem)
        if problem.retry_after:
            form.form_errors.append(in_words(problem.retry_after))
        is_voided = isinstance(problem, PasswordVoided)
        return _refused(form, is_voided=is_voided), problem.status, wait_header(problem)
    return answer_arrival(signed_in, form.next.data)


@blueprint.post("/proof/passkey/options")
@auth_view
@page()
def proof_options() -> Any:
    """What the browser asks the passkeys of whoever is signed in with, for a proof in this session."""
    return jsonify({"options": proof.passkey_options(caller())})


def _name_of(browser: str) -> str:
    """A browser's secret as a challenge names it: who reads the database learns no cookie."""
    return digest_of(browser).hex()


def _refused(form: PasskeyForm, *, is_voided: bool = False) -> str:
    shown = LoginForm(formdata=None, next=form.next.data)
    shown.form_errors.extend(form.form_errors)
    return login_page(shown, is_voided=is_voided)
