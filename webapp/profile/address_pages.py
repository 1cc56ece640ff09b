"""The pages about addresses: the links of letters, and the change of address for people without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, url_for

from webapp.access.guards import page, public, public_form, writes_late
from webapp.access.visitor import caller, page_standing
from webapp.accounts import addresses as owned
from webapp.accounts.password_errors import PasswordWorkBusy
from webapp.config import current_settings
from webapp.core.errors import InvalidInput, Problem
from webapp.infra.links import LinkUnusable
from webapp.infra.throttle import TooManyAttempts
from webapp.joining.errors import MailOff, NothingToVerify
from webapp.joining.verification import get_verification, send_again, send_again_for
from webapp.profile import addresses
from webapp.profile.forms import AddressForm, SureForm, VerifyForm
from webapp.sessions.errors import ProofRefused
from webapp.signin.answers import carry_name
from webapp.web.limits import auth_view, joining_view
from webapp.web.waits import in_words, wait_header

if TYPE_CHECKING:
    from webapp.sessions.service import Standing

blueprint = Blueprint("addresses", __name__)
_LETTER_SENT = "A letter is on its way to {}. Open the link in it to verify the address."


@blueprint.get("/verify-email/<token>", endpoint="verify")
@public
def show_verify(token: str) -> Any:
    """What would be verified for whom. Opening the link spends nothing, for mail scanners open links."""
    try:
        return _verify_page(token, VerifyForm(formdata=None))
    except LinkUnusable as problem:
        return _verify_unusable(problem, token)


@blueprint.post("/verify-email/<token>", endpoint="send_verify")
@auth_view
@writes_late
@public_form
def send_verify(token: str) -> Any:
    """Make the address the account's, in its own session or with its password."""
    form = VerifyForm()
    standing = page_standing()
    try:
        if not form.is_sent():
            return _verify_page(token, form), 422
        done = addresses.confirm(token, standing, form.password.data)
    except LinkUnusable as problem:
        return _verify_unusable(problem, token)
    except (ProofRefused, TooManyAttempts, PasswordWorkBusy) as problem:
        form.refuse(problem)
        if problem.retry_after:
            form.form_errors.append(in_words(problem.retry_after))
        return _verify_page(token, form), problem.status, wait_header(problem)
    signed_in_as = standing.username if standing is not None else None
    if signed_in_as is None:
        carry_name(done.username)
    # An answer and no page of its own: nobody else is told this, and opened again the link says that it was used.
    return render_template(
        "joining/verified.html", address=done.address, username=done.username, signed_in_as=signed_in_as
    )


@blueprint.post("/verify-email/<token>/again", endpoint="send_verify_again")
@joining_view
@writes_late
@public
def send_verify_again(token: str) -> Any:
    """For a link that is too old: another letter to the same address, whoever asks."""
    try:
        send_again_for(token)
    except LinkUnusable as problem:
        return _verify_unusable(problem, token)
    except (NothingToVerify, MailOff):
        return _verify_unusable(LinkUnusable(reason="replaced"), token)
    flash("A new letter is on its way to the same address. Only its link works now.", "good")
    return redirect("/account/address" if page_standing() else url_for("signin.login"), 303)


@blueprint.get("/undo-email/<token>", endpoint="undo")
@public
def show_undo(token: str) -> Any:
    """What putting the address back does, before it is done. Opening the link spends nothing."""
    try:
        return _undo_page(token, SureForm(formdata=None))
    except LinkUnusable as problem:
        return _unusable(problem, "undo")


@blueprint.post("/undo-email/<token>", endpoint="send_undo")
@auth_view
@public_form
def send_undo(token: str) -> Any:
    """Put the address back, end every session, and go on to choosing a password."""
    form = SureForm()
    try:
        if not form.is_sent():
            return _undo_page(token, form), 422
        account, reset = addresses.undo_change(token)
    except LinkUnusable as problem:
        return _unusable(problem, "undo")
    address = account.email.address if account.email else ""
    flash(f"{address} is the address of {account.username} again, and every session has ended.", "good")
    return redirect(url_for("recovery.reset", token=reset), 303)


@blueprint.get("/account/address", endpoint="address")
@page()
def show_address() -> str:
    """The address in use, the one that waits, and the form for another."""
    return _address_page(caller(), AddressForm(formdata=None))


@blueprint.post("/account/address", endpoint="send_address")
@page(proof=True)
def send_address() -> Any:
    """Give another address, and have a letter sent there."""
    form = AddressForm()
    if not form.is_sent():
        return _address_page(caller(), form), 422
    try:
        address = addresses.request_change(caller(), form.email.data or "")
    except (InvalidInput, TooManyAttempts) as problem:
        form.refuse(problem)
        if problem.retry_after:
            form.form_errors.append(in_words(problem.retry_after))
        return _address_page(caller(), form), problem.status, wait_header(problem)
    if current_settings().sends_mail:
        flash(_LETTER_SENT.format(address), "good")
    else:
        flash(f"{address} is noted. Ask an administrator for a link that verifies it.", "info")
    return redirect("/account/address", 303)


@blueprint.post("/account/address/verification", endpoint="send_again")
@auth_view
@writes_late
@page()
def send_letter_again() -> Any:
    """Have the letter sent once more."""
    try:
        flash(_LETTER_SENT.format(send_again(caller().account_id)), "good")
    except (NothingToVerify, MailOff, TooManyAttempts) as problem:
        wait = f" {in_words(problem.retry_after)}" if problem.retry_after else ""
        flash(f"{problem.message}{wait}", "info")
    return redirect("/account/address", 303)


@blueprint.post("/account/address/drop", endpoint="drop")
@page()
def drop() -> Any:
    """Forget the address that waits."""
    addresses.drop_change(caller())
    flash("Your address stays as it is.", "good")
    return redirect("/account/address", 303)


def _address_page(standing: Standing, form: AddressForm) -> str:
    account = standing.account
    present = owned.verified_address(account)
    return render_template(
        "profile/address.html",
        form=form,
        me=account,
        address=present.address if present else None,
        pending=owned.pending_claim(account),
        sends_mail=current_settings().sends_mail,
        needs_proof=not standing.is_freshly_proved,
    )


def _verify_page(token: str, form: VerifyForm) -> str:
    _, account, claim = get_verification(token)
    standing = page_standing()
    return render_template(
        "joining/verify.html",
        form=form,
        username=account.username,
        address=claim.address,
        present=owned.verified_address(account),
        is_own=standing is not None and standing.account_id == account.id,
        signed_in_as=standing.username if standing is not None else None,
    )


def _undo_page(token: str, form: SureForm) -> str:
    account, former = addresses.get_undo(token)
    return render_template(
        "profile/undo.html",
        form=form,
        username=account.username,
        address=former.address,
        has_second_factor=account.second_factor_since is not None,
    )


def _verify_unusable(problem: LinkUnusable, token: str) -> Any:
    can_renew = problem.extra["reason"] == "expired" and current_settings().sends_mail
    renew_url = url_for("addresses.send_verify_again", token=token) if can_renew else None
    return _unusable(problem, "verify", renew_url=renew_url)


def _unusable(problem: Problem, purpose: str, **more: Any) -> Any:
    page = render_template(
        "recovery/link_unusable.html",
        reason=problem.extra["reason"],
        purpose=purpose,
        sends_mail=current_settings().sends_mail,
        **more,
    )
    return page, problem.status
