"""The address of an account: changed by its owner, confirmed by who reads mail there, put back by its former one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.accounts import addresses, passwords
from webapp.accounts import service as accounts
from webapp.accounts import store as account_store
from webapp.accounts.errors import AccountNotFound, AddressTaken
from webapp.accounts.names import require_address
from webapp.config import current_settings
from webapp.core.errors import InvalidInput
from webapp.core.event_names import EventName
from webapp.core.parts import part
from webapp.infra.audit import record_event
from webapp.infra.database import begin_writing
from webapp.infra.links import LinkUnusable, get_link, make_link, revoke_links, spend_link
from webapp.infra.outbox import queue_letter
from webapp.infra.throttle import Throttle
from webapp.joining.verification import get_verification, require_room_for_letter, send_verification
from webapp.profile.mails import changed_letter, displaced_letter
from webapp.recovery.not_me import IN_HAND_LIFETIME, OF_ONE_ACT, secure_account
from webapp.sessions import service as sessions
from webapp.sessions.errors import ProofRefused
from webapp.sessions.proof import require_fresh_proof
from webapp.signin.flow import MOST_FAILURES_IN_A_ROW

if TYPE_CHECKING:
    from webapp.accounts.addresses import Replaced
    from webapp.accounts.models import Account, FormerAddress
    from webapp.infra.links import Link
    from webapp.sessions.service import Standing


@dataclass(frozen=True, slots=True)
class Confirmed:
    """An address that is its account's now; `replaces` another, which was told."""

    username: str
    address: str
    replaces: bool


def request_change(standing: Standing, email: str) -> str:
    """Note another address, and write to it; the present one stays until the letter's link is confirmed. The address.

    The answer is the same when it belongs to somebody else, who is told. Raises ProofNeeded, InvalidInput,
    TooManyAttempts, SessionEnded.
    """
    require_fresh_proof(standing)
    address = require_address(email)
    _refuse_present(standing.account, address.key)
    require_room_for_letter(address.key, standing.account_id)
    begin_writing()
    account = accounts.hold_account(standing.account_id)
    sessions.require_standing(standing.session_id)
    _refuse_present(account, address.key)
    claim = addresses.claim_address(account, address)
    # The letter to the former claim verifies nothing any more.
    revoke_links("verify_address", account.id)
    record_event(
        EventName.ADDRESS_CLAIMED,
        account_id=account.id,
        session_id=standing.session_id,
        detail={"address": claim.address},
    )
    send_verification(account, claim, is_new=False)
    return claim.address


def drop_change(standing: Standing) -> None:
    """Forget the address that waits beside a verified one. Without a verified one it stays: it is all there is."""
    account = accounts.hold_account(standing.account_id)
    if addresses.verified_address(account) is None:
        return
    addresses.drop_claim(account)
    revoke_links("verify_address", account.id)


def confirm(token: str, standing: Standing | None, password: str | None) -> Confirmed:
    """Make the address the account's: in its own session, or with its password.

    Raises LinkUnusable (`reason` also taken), ProofRefused, TooManyAttempts, PasswordWorkBusy, SessionEnded.
    """
    _, account, claim = get_verification(token)
    is_own = standing is not None and standing.account_id == account.id
    if not is_own:
        _require_password(account, password or "")
    begin_writing()
    account = accounts.hold_account(account.id)
    if is_own and standing is not None:
        sessions.require_standing(standing.session_id)
    # Everything again, now that nobody else changes it.
    link, account, claim = get_verification(token)
    spend_link(link)
    try:
        replaced = addresses.confirm_claim(account, claim)
    except AddressTaken:
        raise LinkUnusable(reason="taken") from None
    revoke_links("verify_address", account.id)
    if replaced is None:
        detail: dict[str, object] = {"address": claim.address}
        record_event(EventName.ADDRESS_VERIFIED, account_id=account.id, actor_id=account.id, detail=detail)
    else:
        _tell_replaced(account, replaced, claim.address)
    return Confirmed(account.username, claim.address, replaced is not None)


def get_undo(token: str) -> tuple[Account, FormerAddress]:
    """The account, and the address that would be put back. Spends nothing. Raises LinkUnusable."""
    return _former_of(get_link("undo_address", token))


def undo_change(token: str) -> tuple[Account, str]:
    """Put the former address back and secure the account: whoever changed it is out, and knows no password.

    The account, and the token of a reset link for the browser that did it. Raises LinkUnusable.
    """
    account, _ = get_undo(token)
    account = accounts.hold_account(account.id)
    link = get_link("undo_address", token)
    account, former = _former_of(link)
    spend_link(link)
    present = account.email
    record_event(
        EventName.ADDRESS_CHANGE_UNDONE,
        account_id=account.id,
        detail={"before": present.address if present else "", "after": former.address},
    )
    # Whoever reads the former mailbox may be the one who is wrong here: the other hears of it before it is dropped.
    displaced = addresses.verified_address(account)
    if displaced is not None and current_settings().sends_mail:
        letter = displaced_letter(account.username, displaced.address)
        queue_letter("address_displaced", displaced.address, letter, account_id=account.id)
    addresses.put_back(account, former)
    secure_account(account.id, way="letter", suspect_since=link.created_at - OF_ONE_ACT)
    detail = {"next": "/account/security"}
    return account, make_link("password_reset", account.id, IN_HAND_LIFETIME, detail=detail)


def _tell_replaced(account: Account, replaced: Replaced, address: str) -> None:
    # Links that lie in the mailbox of before must not open the account from there. The way back has one of its own.
    revoke_links("password_reset", account.id)
    revoke_links("not_me", account.id)
    record_event(
        EventName.ADDRESS_CHANGED,
        account_id=account.id,
        detail={"before": replaced.address, "after": address},
    )
    if not current_settings().sends_mail:
        return
    detail = {"former": replaced.id}
    token = make_link("undo_address", account.id, addresses.FORMER_KEPT, detail=detail, replaces=False)
    letter = changed_letter(account.username, replaced.address, token)
    queue_letter("address_changed", replaced.address, letter, account_id=account.id)


def _former_of(link: Link) -> tuple[Account, FormerAddress]:
    try:
        account = accounts.get_account(link.account_id or "")
    except AccountNotFound:
        raise LinkUnusable(reason="unknown") from None
    former = addresses.find_kept(str(link.detail.get("former")), account.id)
    if former is None:
        raise LinkUnusable(reason="replaced")
    return account, former


def _refuse_present(account: Account, key: str) -> None:
    present = addresses.verified_address(account)
    if present is not None and present.address_key == key:
        raise InvalidInput(fields={"email": "This is your address already."})


def _require_password(account: Account, plain: str) -> None:
    """Counted with the sign-ins under that name, so that a link gives nobody more guesses than they had."""
    throttle = part(Throttle)
    ticket = throttle.count("signin", account.username_key, current_settings().limit_signin_per_account)
    stored = passwords.stored_hash(account)
    try:
        checked = passwords.check_password(plain, stored, whose=account.username_key)
    except Exception:
        throttle.give_back(ticket)
        raise
    begin_writing()
    present = accounts.get_account(account.id)
    # It may have been changed or voided while it was checked.
    is_open = present.password_voided_at is None and present.failures_in_a_row < MOST_FAILURES_IN_A_ROW
    if not (checked.matches and is_open and passwords.stored_hash(present) == stored):
        account_store.add_failure(account.id)
        record_event(EventName.PROOF_FAILED, account_id=account.id, result="failure")
        raise ProofRefused(
            "That is not the password.",
            fields={"password": f"That is not the password of {account.username}."},
        )
    throttle.give_back(ticket)
