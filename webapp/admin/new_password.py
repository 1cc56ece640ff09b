"""Having somebody choose a new password: the present one opens nothing from this moment on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.accounts import service as accounts
from webapp.admin.mails import new_password_letter, verified_address_for_letter
from webapp.admin.service import OwnAccount
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.outbox import queue_letter
from webapp.recovery.flow import make_reset_link
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause

if TYPE_CHECKING:
    from webapp.accounts.models import Account


@dataclass(frozen=True, slots=True)
class Voided:
    """How many sessions ended, and where the letter with the reset link went: None where none was sent.

    `was_void`: the password opened nothing before, and its owner was told then.
    """

    account: Account
    sessions: int
    address: str | None
    was_void: bool = False


def require_new_password(account_id: str, *, actor_id: str, version: str | None = None) -> Voided:
    """Void the password, end every session, and mail the owner a reset link. Void already, no second letter goes out.

    `version` of the form, where there was one. Factors stay as they are. Raises AccountNotFound, Conflict, OwnAccount.
    """
    account = accounts.hold_account(account_id)
    if account.id == actor_id:
        raise OwnAccount("This is your own account. Change your password under Security in your account.")
    if version is not None:
        accounts.require_version(account, version)
    ended = sessions.end_all_sessions(account.id, EndCause.ADMINISTRATOR, actor_id=actor_id)
    if account.password_voided_at is not None:
        return Voided(account, ended, None, was_void=True)
    account.password_voided_at = clock.now()
    account.version += 1
    record_event(EventName.PASSWORD_VOIDED, account_id=account.id, actor_id=actor_id)
    address = verified_address_for_letter(account)
    if address is not None:
        token = make_reset_link(account, actor_id=actor_id, is_mailed=True)
        queue_letter(
            "new_password_required", address, new_password_letter(account, token), account_id=account.id
        )
    return Voided(account, ended, address)
