"""Taking the second factors of somebody away who has lost them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.accounts import service as accounts
from webapp.admin.pages import blueprint
from webapp.factors import service as factors
from webapp.factors.errors import LastRequiredFactor
from webapp.sessions import service as sessions

if TYPE_CHECKING:
    from webapp.accounts.models import Account

_PATH = "/accounts/<account_id>/reset-factors"


@blueprint.get(_PATH, endpoint="reset_factors")
@page("admin:write")
def show_reset_factors(account_id: str) -> str:
    """What resetting does, before it is done."""
    found = accounts.get_account(account_id)
    return render_template(
        "admin/confirm.html",
        heading=f"Reset the second factors of {found.display_name}",
        what_happens=_what_happens(found),
        form=None,
        action=f"/admin/accounts/{account_id}/reset-factors",
        action_label="Reset second factors",
        danger=True,
        cancel_url=f"/admin/accounts/{account_id}",
        me=caller().account,
    )


@blueprint.post(_PATH, endpoint="send_reset_factors")
@page("admin:write", proof=True)
def send_reset_factors(account_id: str) -> Any:
    """Take them away; one's own present session stays."""
    standing = caller()
    try:
        number = factors.reset_factors(account_id, standing.account_id, besides=standing.session_id)
    except LastRequiredFactor as problem:
        flash(problem.message, "danger")
        return redirect(f"/admin/accounts/{account_id}", 303)
    flash(
        f"{_amount(number, 'second factor').capitalize()} removed. Every session of the account ended.",
        "good",
    )
    return redirect(f"/admin/accounts/{account_id}", 303)


def _what_happens(found: Account) -> list[str]:
    there = factors.list_factors(found.id)
    gone = [
        _amount(number, thing)
        for number, thing in (
            (len(there.totp), "authenticator app"),
            (len(there.passkeys), "passkey"),
            (there.codes_left, "recovery code"),
        )
        if number
    ]
    number = len(sessions.list_sessions(found))
    return [
        f"These are removed for good: {', '.join(gone)}." if gone else "There is no second factor to remove.",
        f"{_amount(number, 'open session').capitalize()} will end at once, on every device."
        if number
        else "They are signed in nowhere just now.",
        "Their password alone signs them in afterwards. Make sure that it is them who asks.",
        *_afterwards(found),
        "They are told by mail, where they have a verified address.",
    ]


def _afterwards(found: Account) -> list[str]:
    if not factors.is_required_of(found):
        return []
    return [
        "A role of theirs asks for a second step: until they set one up again, only their own profile is open."
    ]


def _amount(number: int, thing: str) -> str:
    return f"one {thing}" if number == 1 else f"{number} {thing}s"
