"""Verification letters: who gives an address is sent a link there, and only that link makes the address theirs."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.accounts import service as accounts
from webapp.accounts.addresses import find_first_claimant, find_owner, pending_claim
from webapp.accounts.errors import AccountNotFound, AddressTaken
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.core.limit import Limit
from webapp.core.opaque import digest_of
from webapp.core.parts import part
from webapp.infra.audit import record_event
from webapp.infra.database import begin_writing
from webapp.infra.links import LinkUnusable, find_expired, get_link, make_link
from webapp.infra.outbox import queue_letter
from webapp.infra.throttle import Throttle, TooManyAttempts
from webapp.joining.errors import MailOff, NothingToVerify
from webapp.joining.mails import taken_letter, verification_letter

if TYPE_CHECKING:
    from webapp.accounts.models import Account, EmailAddress
    from webapp.infra.links import Link

VERIFICATION_LIFETIME: Final = timedelta(hours=24)
# Nobody's mailbox is filled through us, be it by one account or by many: three lanes of so many an hour lead to an
# address, one of those who register with it, one of whose account gave it first, and one of all other accounts.
_LETTERS: Final = Limit(5, 3600)


def require_room_for_letter(address_key: str, account_id: str) -> None:
    """Count one letter that somebody signed in asks for, to an address they gave. Raises TooManyAttempts.

    Whoever gave the address first is counted alone: no stranger who names it too can keep their letter back.
    """
    lanes = [("verification-account", account_id, _LETTERS)]
    if find_first_claimant(address_key) != account_id:
        lanes.append(("verification-claims", address_key, _LETTERS))
    part(Throttle).count_all(lanes)


def has_room_for_letter(address_key: str) -> bool:
    """Count one letter to an address that somebody registers with.

    Too many are told to nobody: it would tell that others gave this address too.
    """
    with suppress(TooManyAttempts):
        part(Throttle).count("verification-address", address_key, _LETTERS)
        return True
    return False


def send_verification(account: Account, claim: EmailAddress, *, is_new: bool) -> None:
    """Write to the claimed address: its link, or to whose address it is that somebody gave it; the same work for both.

    `is_new`: the account was made with it. Nothing is sent where no mail is.
    """
    if not current_settings().sends_mail:
        return
    token = _make_link(account, claim)
    owner = find_owner(claim.address_key, besides=account.id)
    if owner is None:
        letter = verification_letter(account.username, claim.address, token)
        queue_letter("verify_address", claim.address, letter, account_id=account.id)
        return
    # The token made above is told to nobody.
    hour = int(clock.now().timestamp() // 3600)
    once = f"address_taken {digest_of(claim.address_key).hex()} {hour}"
    letter = taken_letter(owner, is_new=is_new)
    queue_letter("address_taken", owner.address, letter, account_id=owner.account_id, once=once)


def send_again(account_id: str) -> str:
    """Another letter to the address that waits; the link of the former one stops working. The address.

    Raises MailOff, NothingToVerify, TooManyAttempts.
    """
    if not current_settings().sends_mail:
        raise MailOff
    account, claim = hold_for_letter(account_id)
    record_event(EventName.VERIFICATION_LINK_MADE, account_id=account.id, actor_id=account.id)
    send_verification(account, claim, is_new=False)
    return claim.address


def hold_for_letter(account_id: str) -> tuple[Account, EmailAddress]:
    """The account, held, and its address that waits, after the letter to it was counted.

    The limiter is asked before the unit writes, so the address is looked at once more when the account is held.
    Raises AccountNotFound, NothingToVerify, TooManyAttempts.
    """
    claim = _get_pending(accounts.get_account(account_id))
    require_room_for_letter(claim.address_key, account_id)
    begin_writing()
    account = accounts.hold_account(account_id)
    return account, _get_pending(account)


def send_again_for(token: str) -> None:
    """For a link that is merely too old: another letter to the same address. Raises LinkUnusable, and as above."""
    link = find_expired("verify_address", token)
    if link is None:
        # What is wrong with it, in the words of a link that is opened; a good one needs no other.
        get_link("verify_address", token)
        return
    account, claim = _claim_of(link)
    if claim is not pending_claim(account):
        raise LinkUnusable(reason="replaced")
    send_again(account.id)


def make_verification_link(account_id: str, *, actor_id: str) -> tuple[Account, EmailAddress, str]:
    """Account, address and token of a link that an administrator hands over where no mail is.

    Raises NothingToVerify, AddressTaken.
    """
    account = accounts.hold_account(account_id)
    claim = _get_pending(account)
    if find_owner(claim.address_key, besides=account.id) is not None:
        raise AddressTaken
    record_event(EventName.VERIFICATION_LINK_MADE, account_id=account.id, actor_id=actor_id)
    return account, claim, _make_link(account, claim)


def get_verification(token: str) -> tuple[Link, Account, EmailAddress]:
    """The link, the account and the address it is about. Spends nothing. Raises LinkUnusable."""
    link = get_link("verify_address", token)
    return link, *_claim_of(link)


def _get_pending(account: Account) -> EmailAddress:
    claim = pending_claim(account)
    if claim is None:
        raise NothingToVerify
    return claim


def _claim_of(link: Link) -> tuple[Account, EmailAddress]:
    try:
        account = accounts.get_account(link.account_id or "")
    except AccountNotFound:
        raise LinkUnusable(reason="unknown") from None
    # Another address was given since, or somebody else has shown that this one is theirs.
    claim = next((each for each in account.emails if each.id == link.detail.get("claim")), None)
    if claim is None or claim.verified_at is not None:
        raise LinkUnusable(reason="replaced")
    return account, claim


def _make_link(account: Account, claim: EmailAddress) -> str:
    return make_link("verify_address", account.id, VERIFICATION_LIFETIME, detail={"claim": claim.id})
