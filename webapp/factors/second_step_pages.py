"""The second step of signing in, set up on pages: complete without JavaScript, but for passkeys, which need it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, redirect, render_template, request
from wtforms import HiddenField, StringField

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.config import current_settings
from webapp.core.errors import InvalidInput, Problem
from webapp.factors import enrolment, recovery_codes, service
from webapp.factors.errors import (
    EnrolmentExpired,
    FactorNotFound,
    LastRequiredFactor,
    NoSecondFactor,
    TooManyFactors,
)
from webapp.factors.words import in_groups
from webapp.infra.throttle import TooManyAttempts
from webapp.web.forms import Form
from webapp.web.limits import auth_view
from webapp.web.waits import in_words, wait_header

if TYPE_CHECKING:
    from webapp.factors.enrolment import Enrolment

HOME = "/account/second-step"
blueprint = Blueprint("second_step", __name__, url_prefix=HOME)
_changes = page(proof=True)
_GROUP = 4
_SHOWN_CODE = re.compile(r"[a-z2-7-]{23,30}")


class AppCodeForm(Form):
    """The first code of an app."""

    id = HiddenField()
    # Not "code": the page that asks for a fresh proof in between has a field of that name.
    app_code = StringField("Then enter the six digits that it shows")


@blueprint.get("")
@page()
def show() -> str:
    """What there is, and the way to more. Somebody whose role requires a factor reads why it is asked for."""
    standing = caller()
    account = standing.account
    names = current_settings().require_mfa_for
    return render_template(
        "factors/second_step.html",
        me=account,
        factors=service.list_factors(account.id),
        most_apps=enrolment.MOST_APPS,
        is_lacking=account.lacks_required_factor,
        asking_roles=[each for each in account.role_names if each in names],
    )


@blueprint.post("/app")
@_changes
def begin_app() -> Any:
    """A new secret, as a picture and in groups, and the field for its first code."""
    try:
        begun = enrolment.begin_app(caller())
    except (TooManyFactors, TooManyAttempts) as problem:
        return _back(problem.message, "danger")
    return _app_page(begun, AppCodeForm(formdata=None, id=begun.id))


@blueprint.post("/confirm")
@auth_view
@_changes
def confirm_app() -> Any:
    """Put the app in force; or the same page again, with what is wrong about the code."""
    form = AppCodeForm()
    factor_id = form.id.data or ""
    try:
        codes = enrolment.confirm_app(caller(), factor_id, form.app_code.data or "")
    except (FactorNotFound, EnrolmentExpired):
        return _back(
            "That app was set up already, or begun too long ago. Begin again if it is not listed.", "info"
        )
    except (InvalidInput, TooManyAttempts) as problem:
        return _refuse_code(form, factor_id, problem)
    if codes is None:
        return _back("The authenticator app is set up.", "good")
    return _codes_page(codes, is_first=True)


@blueprint.post("/codes")
@_changes
def make_codes() -> Any:
    """Ten new codes, shown once."""
    try:
        codes = service.replace_recovery_codes(caller())
    except (NoSecondFactor, TooManyAttempts) as problem:
        return _back(problem.message, "info")
    return _codes_page(codes, is_first=False)


@blueprint.post("/codes/download")
@page()
def download_codes() -> Response:
    """The codes that the page shows, as a file. They come with the form: they are stored nowhere."""
    codes = [each for each in request.form.getlist("code") if _SHOWN_CODE.fullmatch(each)]
    app_name, username = current_settings().app_name, caller().username
    lines = [
        f"Recovery codes for {username} at {app_name}",
        "Each works once, in place of a code from your app or of a passkey.",
        "",
        *codes[: recovery_codes.HOW_MANY],
        "",
    ]
    answer = Response("\r\n".join(lines), content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="recovery-codes.txt"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/<factor_id>/remove")
@page()
def show_remove(factor_id: str) -> str:
    """What removing does, before it is done."""
    account = caller().account
    factor = service.get_factor(account.id, factor_id)
    there = service.list_factors(account.id)
    return render_template(
        "factors/remove.html",
        me=account,
        factor=factor,
        is_last=len(there.totp) + len(there.passkeys) == 1,
        is_required=service.is_required_of(account),
    )


@blueprint.post("/<factor_id>/remove")
@_changes
def remove(factor_id: str) -> Any:
    """Remove it."""
    try:
        name = service.remove_factor(caller(), factor_id)
    except FactorNotFound as problem:
        return _back(problem.message, "info")
    except LastRequiredFactor as problem:
        return _back(problem.message, "danger")
    return _back(f"{name} is removed. Your other devices are signed out.", "good")


def _refuse_code(form: AppCodeForm, factor_id: str, problem: Problem) -> Any:
    if problem.fields and "code" in problem.fields:
        problem.fields = {"app_code": problem.fields["code"]}
    form.refuse(problem)
    if problem.retry_after:
        form.form_errors.append(in_words(problem.retry_after))
    try:
        begun = enrolment.show_begun(caller(), factor_id)
    except (FactorNotFound, EnrolmentExpired):
        return _back("That app was begun too long ago. Begin again.", "info")
    return _app_page(begun, form), problem.status, wait_header(problem)


def _app_page(begun: Enrolment, form: AppCodeForm) -> str:
    return render_template(
        "factors/app.html",
        me=caller().account,
        begun=begun,
        secret=in_groups(begun.secret, _GROUP, " "),
        form=form,
    )


def _codes_page(codes: tuple[str, ...], *, is_first: bool) -> str:
    return render_template("factors/codes.html", me=caller().account, codes=codes, is_first=is_first)


def _back(sentence: str, kind: str) -> Any:
    flash(sentence, kind)
    return redirect(HOME, 303)
