"""Leaving: a person asks for their account to be deleted, has two weeks to come back, and is gone after that."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.accounts import service as accounts
from webapp.accounts.errors import AccountNotFound, LastAdministrator
from webapp.accounts.notices import tell_owner
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.database import begin_writing
from webapp.infra.outbox import Letter, queue_letter
from webapp.profile import store
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause
from webapp.sessions.proof import require_fresh_proof

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.accounts.models import Account
    from webapp.sessions.service import Standing

TIME_TO_RETURN: Final = timedelta(days=14)


def request_deletion(standing: Standing) -> datetime:
    """When the account will be deleted; every session ends, this one too. Asked again, the day stays as it is.

    Raises ProofNeeded, SessionEnded, LastAdministrator: also of two administrators who ask at once, one stays.
    """
    require_fresh_proof(standing)
    account = accounts.hold_account(standing.account_id)
    # Somebody else may have ended the session while this one waited for the account.
    sessions.require_standing(standing.session_id)
    if account.deletion_due_at is None:
        if accounts.ADMINISTRATOR in account.role_names:
            accounts.require_another_administrator(account)
        account.deletion_due_at = clock.now() + TIME_TO_RETURN
        record_event(EventName.DELETION_REQUESTED, account_id=account.id, session_id=standing.session_id)
        _tell_requested(account, account.deletion_due_at)
    sessions.end_all_sessions(account.id, EndCause.ACCOUNT_DELETED)
    return account.deletion_due_at


def keep_account(standing: Standing) -> bool:
    """Call the deletion off; False when none was due, or when it is not the owner's to call off."""
    account = accounts.hold_account(standing.account_id)
    sessions.require_standing(standing.session_id)
    if account.deletion_due_at is None or account.deletion_actor_id is not None:
        return False
    account.deletion_due_at = None
    record_event(EventName.DELETION_CANCELLED, account_id=account.id, session_id=standing.session_id)
    tell_owner(
        account,
        "deletion_cancelled",
        "Your account is kept",
        (f"Your account {_name(account)} is not deleted. Everything in it is as it was.",),
    )
    return True


def delete_due(most: int) -> int:
    """Delete so many accounts whose day has come, in the present unit; how many were.

    Whoever has become the last administrator meanwhile is kept, and told so.
    """
    moment = clock.now()
    found = store.list_due(moment, most)
    if not found:
        return 0
    begin_writing()
    return sum(_delete(account_id, moment) for account_id in found)


def _delete(account_id: str, moment: datetime) -> bool:
    try:
        account = accounts.hold_account(account_id)
    except AccountNotFound:
        return False
    if account.deletion_due_at is None or account.deletion_due_at > moment:
        # Its owner came back, or an administrator restored it, in this very moment.
        return False
    if accounts.ADMINISTRATOR in account.role_names and not account.is_shut:
        try:
            accounts.require_another_administrator(account)
        except LastAdministrator:
            _keep_last_administrator(account)
            return False
    _tell_done(account)
    record_event(EventName.ACCOUNT_DELETED, account_id=account.id, detail={"name": account.username})
    store.delete_account(account.id)
    return True


def _keep_last_administrator(account: Account) -> None:
    account.deletion_due_at = None
    record_event(EventName.DELETION_CANCELLED, account_id=account.id, detail={"reason": "last_administrator"})
    tell_owner(
        account,
        "deletion_cancelled",
        "Your account was not deleted",
        (
            (
                f"Your account {_name(account)} was to be deleted today. By now you are the last administrator who "
                "can sign in, so it is kept."
            ),
            "Make somebody else an administrator, then ask for the deletion again.",
        ),
        offers_not_me=False,
    )


def _tell_requested(account: Account, due_at: datetime) -> None:
    tell_owner(
        account,
        "deletion_requested",
        "Your account is to be deleted",
        (
            f"Somebody signed in to your account {_name(account)} asked for it to be deleted.",
            (
                f"That happens on {due_at:%A}, {due_at.day} {due_at:%B %Y}, at {due_at:%H:%M} UTC. Until then nothing "
                "is lost: sign in and choose to keep the account."
            ),
        ),
    )


def _tell_done(account: Account) -> None:
    email = account.email
    if email is None or email.verified_at is None or not current_settings().sends_mail:
        return
    letter = Letter(
        "Your account was deleted",
        (
            f"Your account {_name(account)} was deleted, as was asked for {TIME_TO_RETURN.days} days ago.",
            "Its username and this address are free again. This is the last letter about it.",
        ),
    )
    queue_letter("account_deleted", email.address, letter)


def _name(account: Account) -> str:
    return f"{account.username} at {current_settings().app_name}"
