"""The page behind an invitation: a username and a password, for the address that was invited."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request

from webapp.access.guards import public, public_form, writes_late
from webapp.access.visitor import brought_session_ids, page_standing
from webapp.accounts.password_errors import PasswordWorkBusy, UnacceptablePassword
from webapp.core.errors import InvalidInput
from webapp.infra.links import LinkUnusable
from webapp.joining.forms import InvitedForm
from webapp.joining.invitations import accept_invitation, get_invitation
from webapp.signin.answers import put_sign_in
from webapp.signin.devices import read_device
from webapp.signin.flow import start
from webapp.web import cookies
from webapp.web.limits import auth_view
from webapp.web.waits import wait_header

blueprint = Blueprint("invitation", __name__)


@blueprint.get("/invite/<token>", endpoint="accept")
@public
def show_invitation(token: str) -> Any:
    """Who invites whom, and the form. Opening the link spends nothing, for mail scanners open links."""
    try:
        return _page(token, InvitedForm(formdata=None))
    except LinkUnusable as problem:
        return _unusable(problem)


@blueprint.post("/invite/<token>", endpoint="send_accept")
@auth_view
@writes_late
@public_form
def send_invitation(token: str) -> Any:
    """Make the account and sign in; another account's session in this browser ends."""
    form = InvitedForm()
    try:
        if not form.is_sent():
            return _page(token, form), 422
        account = accept_invitation(token, form.username.data or "", form.password.data or "")
    except LinkUnusable as problem:
        return _unusable(problem)
    except (InvalidInput, UnacceptablePassword, PasswordWorkBusy) as problem:
        form.refuse(problem)
        return _page(token, form), problem.status, wait_header(problem)
    device = read_device(request.cookies.get(cookies.DEVICE))
    response = redirect("/account", 303)
    put_sign_in(response, start(account, device, brought_session_ids()), page=True)
    return response


def _page(token: str, form: InvitedForm) -> str:
    standing = page_standing()
    return render_template(
        "joining/invite.html",
        form=form,
        address=get_invitation(token).address,
        signed_in_as=standing.username if standing is not None else None,
    )


def _unusable(problem: LinkUnusable) -> Any:
    reason = problem.extra["reason"]
    page = render_template("recovery/link_unusable.html", reason=reason, purpose="invitation")
    return page, problem.status
