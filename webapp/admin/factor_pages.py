"""Taking second factors of somebody away who has lost them: one, or all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.accounts import service as accounts
from webapp.admin.consequences import sessions_that_end
from webapp.admin.pages import blueprint
from webapp.factors import service as factors
from webapp.factors.errors import FactorNotFound, LastRequiredFactor

if TYPE_CHECKING:
    from webapp.accounts.models import Account

_PATH = "/accounts/<account_id>/reset-factors"
_ONE = "/accounts/<account_id>/factors/<factor_id>/remove"


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


@blueprint.get(_ONE, endpoint="remove_factor")
@page("admin:write")
def show_remove_factor(account_id: str, factor_id: str) -> Any:
    """What removing one does, before it is done."""
    found = accounts.get_account(account_id)
    try:
        factor = factors.get_factor(account_id, factor_id)
    except FactorNotFound as problem:
        flash(problem.message, "info")
        return redirect(f"/admin/accounts/{account_id}", 303)
    there = factors.list_factors(account_id)
    is_last = len(there.totp) + len(there.passkeys) == 1
    return render_template(
        "admin/confirm.html",
        heading=f"Remove “{factor.name}” of {found.display_name}",
        what_happens=[
            "It is removed for good. To use it again they have to set it up anew.",
            sessions_that_end(found),
            *(_without_any(found) if is_last else ["Their other second factors work as before."]),
            "They are told by mail, where they have a verified address.",
        ],
        form=None,
        action=f"/admin/accounts/{account_id}/factors/{factor_id}/remove",
        action_label="Remove it",
        danger=True,
        cancel_url=f"/admin/accounts/{account_id}",
        me=caller().account,
    )


@blueprint.post(_ONE, endpoint="send_remove_factor")
@page("admin:write", proof=True)
def send_remove_factor(account_id: str, factor_id: str) -> Any:
    """Take it away; one's own present session stays."""
    standing = caller()
    try:
        name = factors.remove_factor_of(
            account_id, factor_id, actor_id=standing.account_id, besides=standing.session_id
        )
    except (FactorNotFound, LastRequiredFactor) as problem:
        flash(problem.message, "danger" if isinstance(problem, LastRequiredFactor) else "info")
    else:
        flash(f"“{name}” is removed. Every session of the account ended.", "good")
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
    return [
        f"These are removed for good: {', '.join(gone)}." if gone else "There is no second factor to remove.",
        sessions_that_end(found),
        *_without_any(found),
        "They are told by mail, where they have a verified address.",
    ]


def _without_any(found: Account) -> list[str]:
    return [
        "Their password alone signs them in afterwards. Make sure that it is them who asks.",
        *_afterwards(found),
    ]


def _afterwards(found: Account) -> list[str]:
    if not factors.is_required_of(found):
        return []
    return [
        "A role of theirs asks for a second step: until they set one up again, only their own profile is open."
    ]


def _amount(number: int, thing: str) -> str:
    return f"one {thing}" if number == 1 else f"{number} {thing}s"
