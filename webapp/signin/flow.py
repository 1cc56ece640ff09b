"""The one way in: from a name and a password to a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from webapp.accounts import service as accounts
from webapp.accounts import store as account_store
from webapp.accounts.errors import AccountLocked, AddressUnverified
from webapp.accounts.names import LONGEST_IDENTIFIER
from webapp.accounts.password_hashing import PasswordHasher
from webapp.accounts.passwords import is_password_of
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.core.parts import part
from webapp.infra.audit import record_event
from webapp.infra.database import begin_writing
from webapp.infra.throttle import Throttle
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause
from webapp.sessions.errors import SessionEnded
from webapp.signin.errors import InvalidCredentials

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.accounts.models import Account
    from webapp.infra.throttle import Ticket
    from webapp.sessions.service import Standing
    from webapp.signin.devices import Device

# NIST SP 800-63B-4, section 3.2.2: after so many wrong passwords in a row a stranger's browser cannot try again.
MOST_FAILURES_IN_A_ROW = 100


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody is in: their new session, and the device as it is known from now on."""

    standing: Standing
    device: Device


def sign_in(
    identifier: str, password: str, *, device: Device, brought_session_ids: Iterable[str] = ()
) -> SignedIn:
    """Check, count, and start a session; the sessions the browser brought end in the same unit.

    Raises InvalidCredentials, and, only after the right password, AccountLocked or AddressUnverified;
    TooManyAttempts; PasswordWorkBusy.
    """
    # Asked before any other work: in a flood a refusal must cost next to nothing.
    part(PasswordHasher).require_place(known_device=bool(device.account_ids))
    account = accounts.find_by_identifier(identifier[: LONGEST_IDENTIFIER + 1])
    is_known = account is not None and device.knows(account.id)
    password_changed_at = account.password_changed_at if account is not None else None
    ticket = _count(account, identifier, device if is_known else None)
    try:
        # An unknown name is checked against a decoy, so that refusing it takes as long as refusing a wrong password.
        matches = is_password_of(account, password, known_device=is_known)
    except Exception:
        part(Throttle).give_back(ticket)
        raise
    begin_writing()
    account = accounts.get_account(account.id) if account is not None else None
    # The password may have been changed, and every session ended, while the old one was checked.
    if account is None or not matches or account.password_changed_at != password_changed_at:
        _refuse(account)
    is_exhausted = account.failures_in_a_row >= MOST_FAILURES_IN_A_ROW
    if is_exhausted and not is_known:
        record_event(
            EventName.LOGIN_REFUSED,
            account_id=account.id,
            result="failure",
            detail={"reason": "too_many_failures"},
        )
        raise InvalidCredentials
    part(Throttle).give_back(ticket)
    _require_welcome(account)
    return start(account, device, brought_session_ids)


def start(account: Account, device: Device, brought_session_ids: Iterable[str]) -> SignedIn:
    """A session for somebody who has proved who they are; a fixed session id is worth nothing afterwards."""
    if not account_store.note_sign_in(account.id, clock.now(), account.password_changed_at):
        raise InvalidCredentials
    for each in brought_session_ids:
        _end_brought(each)
    session = sessions.start_session(account)
    record_event(
        EventName.LOGIN_SUCCEEDED,
        account_id=account.id,
        session_id=session.id,
        detail={"methods": session.methods, "known_device": device.knows(account.id)},
    )
    return SignedIn(sessions.Standing(session, account, account.scopes), device.with_account(account.id))


def _count(account: Account | None, identifier: str, known_device: Device | None) -> Ticket:
    """One attempt in the account's lane; a device that knows the account has a lane of its own."""
    limit = current_settings().limit_signin_per_account
    if account is not None and known_device is not None:
        return part(Throttle).count("signin-known", f"{account.id} {known_device.id}", limit)
    key = account.id if account else f"name {identifier.strip().lower()[:LONGEST_IDENTIFIER]}"
    return part(Throttle).count("signin", key, limit)


def _refuse(account: Account | None) -> NoReturn:
    if account is not None:
        account_store.add_failure(account.id)
    record_event(EventName.LOGIN_FAILED, account_id=account.id if account else None, result="failure")
    raise InvalidCredentials


def _require_welcome(account: Account) -> None:
    """What only the rightful owner may hear."""
    if account.is_locked:
        record_event(
            EventName.LOGIN_REFUSED, account_id=account.id, result="failure", detail={"reason": "locked"}
        )
        raise AccountLocked
    is_verified = any(each.verified_at for each in account.emails)
    if current_settings().require_verified_email and not is_verified:
        record_event(
            EventName.LOGIN_REFUSED, account_id=account.id, result="failure", detail={"reason": "unverified"}
        )
        raise AddressUnverified


def _end_brought(session_id: str) -> None:
    try:
        standing = sessions.require_standing(session_id)
    except SessionEnded:
        return
    sessions.end_session(session_id, standing.account.id, EndCause.SIGNED_IN_AGAIN)
