"""What is done to an account after a page that says what will happen: lock, sign out, have a new password chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.accounts import service as accounts
from webapp.admin import service
from webapp.admin.account_pages import account_page, act_or_show
from webapp.admin.authority import require_reach
from webapp.admin.consequences import sessions_that_end
from webapp.admin.forms import ConfirmForm, LockForm, VersionForm
from webapp.admin.mails import verified_address_for_letter
from webapp.admin.new_password import require_new_password
from webapp.admin.pages import blueprint
from webapp.core.errors import Conflict, Problem

if TYPE_CHECKING:
    from webapp.accounts.models import Account

_PATH = "/accounts/<account_id>"
_writes = page("admin:write", proof=True)
_supports = page("admin:support", proof=True)


@blueprint.get(f"{_PATH}/lock", endpoint="lock")
@page("admin:write")
def show_lock(account_id: str) -> Any:
    """What locking does, before it is done; for an account that is locked, what it is to be now."""
    found = accounts.get_account(account_id)
    until = found.locked_until.strftime("%Y-%m-%dT%H:%M") if found.locked_until else ""
    return _confirm_lock(found, LockForm(formdata=None, reason=found.lock_reason, until=until))


@blueprint.post(f"{_PATH}/lock", endpoint="send_lock")
@_writes
def send_lock(account_id: str) -> Any:
    """Lock, and sign out everywhere; or change the lock there is. The version tells which of them the form was for."""
    form = LockForm()
    found = accounts.get_account(account_id)
    was_locked = found.is_locked
    if not form.is_sent():
        return _confirm_lock(found, form), 422
    act = service.change_lock if was_locked else service.lock_account
    try:
        act(
            account_id,
            form.reason.data or "",
            actor_id=caller().account_id,
            until=form.ends_at,
            version=form.version.data or "",
        )
    except Conflict as problem:
        form.refuse(problem)
        return account_page(accounts.get_account(account_id), {"refused": form}), problem.status
    except Problem as problem:
        form.refuse(problem)
        return _confirm_lock(found, form), problem.status
    done = "stays locked, as you wrote" if was_locked else "is locked and signed out everywhere"
    flash(f"{found.display_name} {done}.", "good")
    return redirect(f"/admin/accounts/{account_id}", 303)


@blueprint.get(f"{_PATH}/end-sessions", endpoint="end_sessions")
@page("admin:support")
def show_end_sessions(account_id: str) -> str:
    """What signing out everywhere does, before it is done."""
    standing, found = caller(), accounts.get_account(account_id)
    require_reach(standing, found)
    is_own = found.id == standing.account_id
    return _confirm(
        found,
        heading=f"Sign out {found.display_name}",
        what_happens=[
            sessions_that_end(found, besides=standing.session_id if is_own else None),
            "The session you are in stays open."
            if is_own
            else "The person can sign in again with their password.",
        ],
        action="end-sessions",
        action_label="Sign out everywhere",
    )


@blueprint.post(f"{_PATH}/end-sessions", endpoint="send_end_sessions")
@_supports
def send_end_sessions(account_id: str) -> Any:
    """Sign out everywhere; one's own present session stays."""
    standing = caller()
    require_reach(standing, accounts.get_account(account_id))
    number = service.end_sessions(account_id, actor_id=standing.account_id, besides=standing.session_id)
    flash("One session ended." if number == 1 else f"{number} sessions ended.", "good")
    return redirect(f"/admin/accounts/{account_id}", 303)


@blueprint.post(f"{_PATH}/sessions/<session_id>/end", endpoint="end_account_session")
@_supports
def end_session(account_id: str, session_id: str) -> Any:
    """Sign out on one device. The person can sign in again, so nothing is asked before."""
    standing = caller()
    require_reach(standing, accounts.get_account(account_id))

    def act(actor_id: str) -> str:
        is_ended = service.end_session(
            account_id, session_id, actor_id=actor_id, current_id=standing.session_id
        )
        return "The session ended." if is_ended else "That session was over already."

    return act_or_show(account_id, ConfirmForm(), "refused", act)


@blueprint.get(f"{_PATH}/new-password", endpoint="new_password")
@page("admin:write")
def show_new_password(account_id: str) -> str:
    """What voiding the password does, before it is done."""
    return _confirm_new_password(accounts.get_account(account_id))


@blueprint.post(f"{_PATH}/new-password", endpoint="send_new_password")
@_writes
def send_new_password(account_id: str) -> Any:
    """Void the password, sign out everywhere, and mail the reset link where that is possible."""
    form = VersionForm()

    def act(actor_id: str) -> str:
        done = require_new_password(account_id, actor_id=actor_id, version=form.version.data or "")
        if done.was_void:
            return "The password was void already. Its owner chooses another by a reset link."
        if done.address is None:
            return "The password is void. Make a reset link and hand it to the owner, or they cannot sign in again."
        return f"The password is void. A reset link is on its way to {done.address}."

    return act_or_show(account_id, form, "refused", act)


def _confirm_lock(found: Account, form: LockForm) -> str:
    what_happens = [
        "They cannot sign in until the lock runs out, or until somebody unlocks the account.",
        sessions_that_end(found),
        "Nothing is deleted.",
    ]
    if found.is_locked:
        what_happens = [
            "The account stays locked all the while, for this reason and until this moment.",
            "The audit keeps the reason and the end of before.",
        ]
    return _confirm(
        found,
        heading=f"Change the lock of {found.display_name}"
        if found.is_locked
        else f"Lock {found.display_name}",
        what_happens=what_happens,
        action="lock",
        action_label="Change lock" if found.is_locked else "Lock account",
        form=form,
        carried=[("version", form.version.data or found.version)],
    )


def _confirm_new_password(found: Account) -> str:
    address = verified_address_for_letter(found)
    return _confirm(
        found,
        heading=f"Have {found.display_name} choose a new password",
        what_happens=[
            "The present password opens nothing any more, and passkeys alone do not either.",
            sessions_that_end(found),
            f"A letter with a reset link goes to {address}."
            if address
            else "No letter can be sent: make a reset link afterwards and hand it over.",
            "Second factors stay as they are.",
        ],
        action="new-password",
        action_label="Require a new password",
        carried=[("version", found.version)],
    )


def _confirm(found: Account, *, action: str, form: Any = None, carried: Any = None, **shown: Any) -> str:
    back = f"/admin/accounts/{found.id}"
    return render_template(
        "admin/confirm.html",
        form=form,
        carried=carried,
        action=f"{back}/{action}",
        danger=True,
        cancel_url=back,
        me=caller().account,
        **shown,
    )
