"""Deleting an account for somebody else: shut at once, restored whole for two weeks, gone after that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.accounts import service as accounts
from webapp.admin.mails import tell_of_deletion, tell_of_restoration
from webapp.admin.service import OwnAccount
from webapp.core import clock
from webapp.core.errors import Conflict
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.profile.departure import TIME_TO_RETURN
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause

if TYPE_CHECKING:
    from webapp.accounts.models import Account


class OwnersWish(Conflict):
    """What its owner asked for is theirs to call off."""

    code = "owners_wish"
    message = "Its owner asked for this account to be deleted. They keep it by signing in before that day."


def order_deletion(account_id: str, *, actor_id: str, version: str | None = None) -> Account:
    """Shut the account, end its sessions, and have maintenance delete it in 14 days; nothing of it changes till then.

    Ordered already, the day stays as it is. A day that its owner asked for gives way to this one: they could call
    theirs off. `version` of the form, where there was one. Raises AccountNotFound, Conflict, OwnAccount,
    LastAdministrator.
    """
    account = accounts.hold_account(account_id)
    if account.id == actor_id:
        raise OwnAccount
    if account.deletion_actor_id is not None:
        return account
    if version is not None:
        accounts.require_version(account, version)
    if accounts.ADMINISTRATOR in account.role_names:
        accounts.require_another_administrator(account)
    account.deletion_due_at = due_at = clock.now() + TIME_TO_RETURN
    account.deletion_actor_id = actor_id
    account.version += 1
    record_event(
        EventName.DELETION_ORDERED,
        account_id=account.id,
        actor_id=actor_id,
        detail={"due_at": due_at.isoformat()},
    )
    sessions.end_all_sessions(account.id, EndCause.ACCOUNT_DELETED, actor_id=actor_id)
    tell_of_deletion(account, due_at)
    return account


def restore(account_id: str, *, actor_id: str) -> Account:
    """Take the order back: its owner signs in as before, unless a lock that was there before still stands.

    Where no deletion is due, nothing changes. Raises AccountNotFound, OwnersWish.
    """
    account = accounts.hold_account(account_id)
    if account.deletion_due_at is None:
        return account
    if account.deletion_actor_id is None:
        raise OwnersWish
    account.deletion_due_at = account.deletion_actor_id = None
    account.version += 1
    record_event(EventName.ACCOUNT_RESTORED, account_id=account.id, actor_id=actor_id)
    tell_of_restoration(account)
    return account
