"""The page of one account and the page of its sessions, and the forms that stand on them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from flask import flash, redirect, render_template, request

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.accounts import service as accounts
from webapp.admin import service
from webapp.admin.account_view import open_sessions_of, view_of
from webapp.admin.audit_list import latest_events_of
from webapp.admin.authority import BeyondReach, require_reach
from webapp.admin.forms import ConfirmForm, NameForm, RolesForm
from webapp.admin.outlook import outlook_of
from webapp.admin.pages import blueprint
from webapp.admin.sentences import sentence_of
from webapp.admin.session_ends import ended_sessions_of, failed_sign_ins_of
from webapp.config import current_settings
from webapp.core.errors import Conflict, Problem
from webapp.core.paging import Cursor, url_of

if TYPE_CHECKING:
    from webapp.accounts.models import Account
    from webapp.web.forms import Form

_PATH: Final = "/accounts/<account_id>"
_writes = page("admin:write", proof=True)
_supports = page("admin:support", proof=True)
# As many sessions as the page of the account shows; the page of its sessions shows all.
_FEW: Final = 5
_ENDED_ON_A_PAGE: Final = 25
_OF_SUPPORT: Final = frozenset({"unlock", "end_sessions", "reset_letter"})
_OF_ADMINISTRATORS: Final = _OF_SUPPORT | {
    "verify_address",
    "reset_link",
    "factors",
    "secure",
    "lock",
    "new_password",
    "delete",
}


@blueprint.get(_PATH)
@page("admin:read")
def account(account_id: str) -> str:
    """Everything known about one account, and what may be done to it."""
    return account_page(accounts.get_account(account_id))


@blueprint.get(f"{_PATH}/sessions")
@page("admin:read")
def account_sessions(account_id: str) -> str:
    """Every session of the account, open or over, and why."""
    found = accounts.get_account(account_id)
    path = f"/admin/accounts/{found.id}/sessions"
    cursor = Cursor.read(request.args.get("cursor"), int, str)
    ended = ended_sessions_of(found.id, cursor, size=_ENDED_ON_A_PAGE)
    return render_template(
        "admin/account_sessions.html",
        **_frame(found),
        # Further back in the past only what is over is of interest.
        is_first=cursor is None,
        sessions=open_sessions_of(found) if cursor is None else [],
        ended=ended.rows,
        newer_url=url_of(path, {}, ended.newer),
        older_url=url_of(path, {}, ended.older),
        failures=failed_sign_ins_of(found.id, 50) if cursor is None else [],
    )


@blueprint.post(f"{_PATH}/names")
@_writes
def rename(account_id: str) -> Any:
    """Change the name shown."""
    form = NameForm()
    return act_or_show(
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
    return act_or_show(
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
    return act_or_show(
        account_id,
        ConfirmForm(),
        "refused",
        lambda who: service.verify_address(account_id, actor_id=who),
        "The address is marked as verified.",
    )


@blueprint.post(f"{_PATH}/unlock")
@_supports
def unlock(account_id: str) -> Any:
    """Open the account again."""
    require_reach(caller(), accounts.get_account(account_id))
    return act_or_show(
        account_id,
        ConfirmForm(),
        "refused",
        lambda who: service.unlock_account(account_id, actor_id=who),
        "The account is unlocked.",
    )


def act_or_show(account_id: str, form: Form, name: str, act: Any, done: str | None = None) -> Any:
    """Do it and say so; or the page again with the reason, beside the form it belongs to.

    Where `done` is None, what the act returns is said.
    """
    if form.is_sent():
        try:
            result = act(caller().account_id)
        except Problem as problem:
            form.refuse(problem)
            # After somebody else's change what was ticked here is out of date: show how things stand.
            shown = "refused" if isinstance(problem, Conflict) else name
            return account_page(accounts.get_account(account_id), {shown: form}), problem.status
        flash(done or result, "good")
        return redirect(f"/admin/accounts/{account_id}", 303)
    return account_page(accounts.get_account(account_id), {name: form}), 422


def account_page(found: Account, sent: dict[str, Form] | None = None) -> str:
    """The account with its forms; one that was refused keeps what was typed."""
    events, names = latest_events_of(found.id, 6)
    open_sessions = open_sessions_of(found)
    ended = ended_sessions_of(found.id, size=_FEW)
    frame = _frame(found)
    if "admin:write" in caller().scopes:
        roles = RolesForm(formdata=None, roles=found.role_names)
        roles.roles.choices = [(each, each) for each in accounts.list_role_names()]
        name = NameForm(formdata=None, display_name=found.display_name)
        frame["forms"] |= {"names": name, "roles": roles}
    frame["forms"] |= sent or {}
    return render_template(
        "admin/account.html",
        **frame,
        role_notes=accounts.role_notes(),
        sessions=open_sessions[:_FEW],
        session_count=len(open_sessions),
        ended=ended.rows,
        has_more_ended=ended.older is not None,
        failures=failed_sign_ins_of(found.id, 3),
        events=[(sentence_of(each, names), each) for each in events.rows],
        sends_mail=current_settings().sends_mail,
    )


def _frame(found: Account) -> dict[str, Any]:
    """What both pages show, and which acts whoever looks may do."""
    standing = caller()
    acts: frozenset[str] = frozenset()
    is_beyond = False
    if "admin:write" in standing.scopes:
        acts = _OF_ADMINISTRATORS
    elif "admin:support" in standing.scopes:
        is_beyond = True
        with suppress(BeyondReach):
            require_reach(standing, found)
            acts, is_beyond = _OF_SUPPORT, False
    return {
        "account": view_of(found),
        "outlook": outlook_of(found),
        "acts": acts,
        "forms": {},
        "is_beyond_reach": is_beyond,
        "is_self": found.id == standing.account_id,
        "current_session_id": standing.session_id,
        "needs_proof": bool(acts) and not standing.is_freshly_proved,
        "me": standing.account,
    }
