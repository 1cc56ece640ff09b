"""The page of one account, and the forms on it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.accounts import service as accounts
from webapp.admin import service
from webapp.admin.account_list import state_of
from webapp.admin.audit_list import latest_events_of
from webapp.admin.forms import ConfirmForm, LockForm, NameForm, RolesForm
from webapp.admin.pages import blueprint
from webapp.admin.sentences import sentence_of
from webapp.admin.session_ends import ended_sessions_of
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.errors import Conflict, Problem
from webapp.recovery.flow import RESET_LIFETIME
from webapp.sessions import service as sessions

if TYPE_CHECKING:
    from webapp.accounts.models import Account
    from webapp.web.forms import Form

_PATH = "/accounts/<account_id>"
_writes = page("admin:write", proof=True)
# Those with a button or a link of their own on the page.
_ACTS = ("verify_address", "reset_link", "reset_factors", "secure", "lock", "unlock", "end_sessions")


@blueprint.get(_PATH)
@page("admin:read")
def account(account_id: str) -> str:
    """Everything known about one account, and what may be done to it."""
    return _page(accounts.get_account(account_id))


@blueprint.post(f"{_PATH}/names")
@_writes
def rename(account_id: str) -> Any:
    """Change the name shown."""
    form = NameForm()
    return _act(
        account_id,
        form,
        "names",
        lambda who: service.rename_account(
            account_id, form.display_name.data or "", actor_id=who, version=form.version.data
        ),
        "The name is saved.",
    )


@blueprint.post(f"{_PATH}/roles")
@_writes
def change_roles(account_id: str) -> Any:
    """Hold exactly the ticked roles."""
    form = RolesForm()
    form.roles.choices = [(each, each) for each in accounts.list_role_names()]
    return _act(
        account_id,
        form,
        "roles",
        lambda who: service.change_roles(
            account_id, form.roles.data or [], actor_id=who, version=form.version.data
        ),
        "The roles are saved and in force.",
    )


@blueprint.post(f"{_PATH}/verify-address")
@_writes
def verify_address(account_id: str) -> Any:
    """Take the address as proven."""
    return _act(
        account_id,
        ConfirmForm(),
        "refused",
        lambda who: service.verify_address(account_id, actor_id=who),
        "The address is marked as verified.",
    )


@blueprint.post(f"{_PATH}/unlock")
@_writes
def unlock(account_id: str) -> Any:
    """Open the account again."""
    return _act(
        account_id,
        ConfirmForm(),
        "refused",
        lambda who: service.unlock_account(account_id, actor_id=who),
        "The account is unlocked.",
    )


@blueprint.post(f"{_PATH}/reset-link")
@_writes
def reset_link(account_id: str) -> Any:
    """Make a reset link and show it, once."""
    found, token = service.make_reset_link(account_id, actor_id=caller().account.id)
    name = found.display_name or found.username
    return render_template(
        "admin/shown_link.html",
        heading="Reset link for " + found.username,
        active="accounts",
        back=f"/admin/accounts/{found.id}",
        back_label=f"Back to {name}",
        link=f"{current_settings().public_url}/reset-password/{token}",
        valid_until=clock.now() + RESET_LIFETIME,
        sentences=[
            f"Give it to {name} only, in a way that shows it is them. Whoever opens it can choose the password.",
            "The old password works until a new one is saved; saving it signs the account out everywhere.",
            "Leaving this page hides the link for good. Making another one ends this one.",
        ],
        me=caller().account,
    )


@blueprint.get(f"{_PATH}/lock", endpoint="lock")
@page("admin:write")
def show_lock(account_id: str) -> str:
    """What locking does, before it is done."""
    return _confirm_lock(accounts.get_account(account_id), LockForm(formdata=None))


@blueprint.post(f"{_PATH}/lock", endpoint="send_lock")
@_writes
def send_lock(account_id: str) -> Any:
    """Lock, and sign out everywhere."""
    form = LockForm()
    found = accounts.get_account(account_id)
    if not form.is_sent():
        return _confirm_lock(found, form), 422
    try:
        service.lock_account(account_id, form.reason.data or "", actor_id=caller().account.id)
    except Problem as problem:
        form.refuse(problem)
        return _confirm_lock(found, form), problem.status
    flash(f"{found.display_name} is locked and signed out everywhere.", "good")
    return redirect(f"/admin/accounts/{account_id}", 303)


@blueprint.get(f"{_PATH}/end-sessions", endpoint="end_sessions")
@page("admin:write")
def show_end_sessions(account_id: str) -> str:
    """What signing out everywhere does, before it is done."""
    found = accounts.get_account(account_id)
    number = len(sessions.list_sessions(found))
    return render_template(
        "admin/confirm.html",
        heading=f"Sign out {found.display_name}",
        what_happens=[
            f"{'One session ends' if number == 1 else f'{number} sessions end'} at once, on every device.",
            "The person can sign in again with their password.",
        ],
        form=None,
        action=f"/admin/accounts/{account_id}/end-sessions",
        action_label="Sign out everywhere",
        danger=True,
        cancel_url=f"/admin/accounts/{account_id}",
        me=caller().account,
    )


@blueprint.post(f"{_PATH}/end-sessions", endpoint="send_end_sessions")
@_writes
def send_end_sessions(account_id: str) -> Any:
    """Sign out everywhere; one's own present session stays."""
    number = service.end_sessions(account_id, actor_id=caller().account.id, besides=caller().session.id)
    flash("One session ended." if number == 1 else f"{number} sessions ended.", "good")
    return redirect(f"/admin/accounts/{account_id}", 303)


def _act(account_id: str, form: Form, name: str, act: Any, done: str) -> Any:
    """Do it and say so; or the page again with the reason, beside the form it belongs to."""
    if form.is_sent():
        try:
            act(caller().account.id)
        except Problem as problem:
            form.refuse(problem)
            # After somebody else's change what was ticked here is out of date: show how things stand.
            shown = "refused" if isinstance(problem, Conflict) else name
            return _page(accounts.get_account(account_id), {shown: form}), problem.status
        flash(done, "good")
        return redirect(f"/admin/accounts/{account_id}", 303)
    return _page(accounts.get_account(account_id), {name: form}), 422


def _confirm_lock(found: Account, form: LockForm) -> str:
    number = len(sessions.list_sessions(found))
    return render_template(
        "admin/confirm.html",
        heading=f"Lock {found.display_name}",
        what_happens=[
            "They cannot sign in until an administrator unlocks the account.",
            f"{'One open session ends' if number == 1 else f'{number} open sessions end'} at once, on every device.",
            "Nothing is deleted.",
        ],
        form=form,
        action=f"/admin/accounts/{found.id}/lock",
        action_label="Lock account",
        danger=True,
        cancel_url=f"/admin/accounts/{found.id}",
        me=caller().account,
    )


def _page(found: Account, sent: dict[str, Form] | None = None) -> str:
    """The account with its forms; one that was refused keeps what was typed."""
    standing = caller()
    email = found.email
    events, names = latest_events_of(found.id)
    may_write = "admin:write" in standing.scopes
    forms: dict[str, Any] = {}
    if may_write:
        roles = RolesForm(formdata=None, roles=found.role_names)
        roles.roles.choices = [(each, each) for each in accounts.list_role_names()]
        forms = {"names": NameForm(formdata=None, display_name=found.display_name), "roles": roles}
        forms |= dict.fromkeys(_ACTS, True)
        forms |= sent or {}
    shown = SimpleNamespace(
        id=found.id,
        version=found.version,
        username=found.username,
        display_name=found.display_name,
        address=email.address if email else None,
        address_verified_at=email.verified_at if email else None,
        state=state_of(found),
        roles=found.role_names,
        created_at=found.created_at,
        last_signed_in_at=found.last_signed_in_at,
        password_changed_at=found.password_changed_at,
        locked_at=found.locked_at,
        lock_reason=found.lock_reason,
        second_factor_since=found.second_factor_since,
        password_voided_at=found.password_voided_at,
        deletion_due_at=found.deletion_due_at,
        is_last_administrator=accounts.is_last_administrator(found),
    )
    return render_template(
        "admin/account.html",
        account=shown,
        forms=forms,
        role_notes=accounts.role_notes(),
        sessions=[
            SimpleNamespace(
                device=each.device,
                address=each.address,
                last_seen_at=each.last_active_at,
                signed_in_at=each.created_at,
            )
            for each in sessions.list_sessions(found)
        ],
        ended=ended_sessions_of(found.id),
        events=[
            SimpleNamespace(
                sentence=sentence_of(each, names), occurred_at=each.occurred_at, address=each.address or None
            )
            for each in events.rows
        ],
        is_self=found.id == standing.account.id,
        needs_proof=may_write and not standing.is_freshly_proved,
        me=standing.account,
    )
