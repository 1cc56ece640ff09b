"""Letters that those who look after accounts have sent: a reset link, and a verification letter once more."""

from __future__ import annotations

from typing import Final

from webapp.accounts import service as accounts
from webapp.accounts.addresses import find_owner
from webapp.accounts.errors import AddressTaken
from webapp.admin.mails import reset_letter, verified_address_for_letter
from webapp.config import current_settings
from webapp.core.errors import Conflict
from webapp.core.event_names import EventName
from webapp.core.limit import Limit
from webapp.core.parts import part
from webapp.infra.audit import record_event
from webapp.infra.outbox import queue_letter
from webapp.infra.throttle import Throttle
from webapp.joining.errors import MailOff
from webapp.joining.verification import hold_for_letter, send_verification
from webapp.recovery.flow import make_reset_link

# Nobody's mailbox is filled by those who look after it either.
_RESET_LETTERS: Final = Limit(5, 3600)


class Unreachable(Conflict):
    """No letter reaches the owner."""

    code = "owner_unreachable"
    message = "No address of this account is verified, so no letter is sent. An administrator can make a reset link."


def send_reset_letter(account_id: str, *, actor_id: str) -> str:
    """Mail a reset link to the account's owner, and to nobody else; the address. Earlier links stop working.

    Raises AccountNotFound, MailOff, Unreachable, TooManyAttempts.
    """
    account = accounts.hold_account(account_id)
    _require_mail()
    address = verified_address_for_letter(account)
    if address is None:
        raise Unreachable
    part(Throttle).count("reset-letter-sent", account.id, _RESET_LETTERS)
    token = make_reset_link(account, actor_id=actor_id, is_mailed=True)
    queue_letter("reset_link", address, reset_letter(account, token), account_id=account.id)
    return address


def send_verification_letter(account_id: str, *, actor_id: str) -> str:
    """Write to the address that waits once more; the address. It counts as if its owner had asked for it.

    Raises AccountNotFound, MailOff, NothingToVerify, AddressTaken, TooManyAttempts.
    """
    accounts.get_account(account_id)
    _require_mail()
    account, claim = hold_for_letter(account_id)
    if find_owner(claim.address_key, besides=account.id) is not None:
        raise AddressTaken
    record_event(
        EventName.VERIFICATION_LETTER_SENT,
        account_id=account.id,
        actor_id=actor_id,
        detail={"address": claim.address},
    )
    send_verification(account, claim, is_new=False)
    return claim.address


def _require_mail() -> None:
    """Raises MailOff, in words for those who look after accounts."""
    if not current_settings().sends_mail:
        raise MailOff("This service sends no mail. An administrator can make a link and hand it over.")
