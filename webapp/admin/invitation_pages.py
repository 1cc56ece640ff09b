"""The pages of invitations, and of links that an administrator hands over where no mail is."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.accounts import service as accounts
from webapp.admin import invitations
from webapp.admin.forms import InvitationForm
from webapp.admin.pages import blueprint
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.errors import Problem
from webapp.joining.invitations import INVITATION_LIFETIME
from webapp.joining.verification import VERIFICATION_LIFETIME, make_verification_link

_LIST = "/admin/invitations"
_writes = page("admin:write", proof=True)


@blueprint.get("/invitations", endpoint="invitations")
@page("admin:read")
def show_invitations() -> str:
    """The open invitations, and the form for another."""
    return _list_page(_new_form(InvitationForm(formdata=None, roles=[accounts.USER])))


@blueprint.post("/invitations", endpoint="send_invitation")
@_writes
def send_invitation() -> Any:
    """Invite an address: by mail, or by a link that is shown once."""
    form = _new_form(InvitationForm())
    if not form.is_sent():
        return _list_page(form), 422
    try:
        made = invitations.invite(form.email.data or "", form.roles.data or [], actor_id=caller().account_id)
    except Problem as problem:
        form.refuse(problem)
        return _list_page(form), problem.status
    if made.token is None:
        flash(f"The invitation is on its way to {made.address}.", "good")
        return redirect(_LIST, 303)
    return render_template(
        "admin/shown_link.html",
        heading="Invitation for " + made.address,
        active="accounts",
        back=_LIST,
        back_label="All invitations",
        link=f"{current_settings().public_url}/invite/{made.token}",
        valid_until=clock.now() + INVITATION_LIFETIME,
        sentences=[
            f"Give it to the owner of {made.address} only: whoever opens it can make the account, with its roles.",
            "Leaving this page hides the link for good. Another invitation for the address ends this one.",
        ],
        me=caller().account,
    )


@blueprint.post("/invitations/<string(length=26):invitation_id>/take-back", endpoint="take_back")
@_writes
def take_back(invitation_id: str) -> Any:
    """Let the link of an invitation open nothing any more."""
    try:
        address = invitations.take_back(invitation_id, actor_id=caller().account_id)
    except invitations.InvitationOver as problem:
        flash(problem.message, "info")
    else:
        flash(f"The invitation of {address} is taken back.", "good")
    return redirect(_LIST, 303)


@blueprint.post("/accounts/<account_id>/verification-link", endpoint="verification_link")
@_writes
def verification_link(account_id: str) -> Any:
    """Make a link that verifies the address that waits, and show it, once."""
    back = f"/admin/accounts/{accounts.get_account(account_id).id}"
    try:
        account, claim, token = make_verification_link(account_id, actor_id=caller().account_id)
    except Problem as problem:
        flash(problem.message, "info")
        return redirect(back, 303)
    return render_template(
        "admin/shown_link.html",
        heading="Verification link for " + account.username,
        active="accounts",
        back=back,
        back_label=f"Back to {account.display_name}",
        link=f"{current_settings().public_url}/verify-email/{token}",
        valid_until=clock.now() + VERIFICATION_LIFETIME,
        sentences=[
            f"It verifies {claim.address}. Give it to {account.display_name} only, in a way that shows it is them.",
            "It asks for the sign-in or the password of that account, so it opens nothing by itself.",
            "Leaving this page hides the link for good. Making another one ends this one.",
        ],
        me=caller().account,
    )


def _new_form(form: InvitationForm) -> InvitationForm:
    form.roles.choices = [(each, each) for each in accounts.list_role_names()]
    return form


def _list_page(form: InvitationForm) -> str:
    may_write = "admin:write" in caller().scopes
    return render_template(
        "admin/invitations.html",
        form=form if may_write else None,
        invitations=invitations.list_open_invitations(),
        role_notes=accounts.role_notes(),
        sends_mail=current_settings().sends_mail,
        me=caller().account,
    )
