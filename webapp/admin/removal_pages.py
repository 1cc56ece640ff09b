"""Deleting an account, after its name was typed, and restoring it as long as it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.accounts import service as accounts
from webapp.admin.account_pages import account_page, act_or_show
from webapp.admin.consequences import sessions_that_end
from webapp.admin.forms import ConfirmForm, DeleteForm
from webapp.admin.pages import blueprint
from webapp.admin.removal import order_deletion, restore
from webapp.core.errors import Conflict, Problem
from webapp.profile.departure import TIME_TO_RETURN

if TYPE_CHECKING:
    from webapp.accounts.models import Account

_PATH = "/accounts/<account_id>"
_writes = page("admin:write", proof=True)


@blueprint.get(f"{_PATH}/delete", endpoint="delete")
@page("admin:write")
def show_delete(account_id: str) -> str:
    """What deleting does, before it is done."""
    return _confirm(accounts.get_account(account_id), DeleteForm(formdata=None))


@blueprint.post(f"{_PATH}/delete", endpoint="send_delete")
@_writes
def send_delete(account_id: str) -> Any:
    """Shut the account and have it deleted in two weeks."""
    form = DeleteForm()
    found = accounts.get_account(account_id)
    if not form.is_sent() or not form.names(found.username):
        return _confirm(found, form), 422
    try:
        order_deletion(account_id, actor_id=caller().account_id, version=form.version.data or "")
    except Conflict as problem:
        form.refuse(problem)
        return account_page(accounts.get_account(account_id), {"refused": form}), problem.status
    except Problem as problem:
        form.refuse(problem)
        return _confirm(found, form), problem.status
    flash(
        f"{found.display_name} is signed out, and will be deleted in {TIME_TO_RETURN.days} days. "
        "Until then you can restore the account.",
        "good",
    )
    return redirect(f"/admin/accounts/{account_id}", 303)


@blueprint.post(f"{_PATH}/restore", endpoint="restore")
@_writes
def send_restore(account_id: str) -> Any:
    """Take the deletion back."""
    return act_or_show(
        account_id,
        ConfirmForm(),
        "refused",
        lambda who: restore(account_id, actor_id=who),
        "The account is restored. Everything in it is as it was.",
    )


def _confirm(found: Account, form: DeleteForm) -> str:
    return render_template(
        "admin/confirm.html",
        heading=f"Delete {found.display_name}",
        what_happens=[
            "The account is shut at once. Nobody signs in to it any more.",
            sessions_that_end(found),
            f"In {TIME_TO_RETURN.days} days it is gone for good, with all it holds. Until then it can be restored.",
            "They are told by mail, where they have a verified address.",
        ],
        form=form,
        carried=[("version", form.version.data or found.version)],
        hints={"username": f"Type {found.username} to delete it."},
        action=f"/admin/accounts/{found.id}/delete",
        action_label="Delete account",
        danger=True,
        cancel_url=f"/admin/accounts/{found.id}",
        me=caller().account,
    )
