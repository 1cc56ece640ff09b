"""The one way in: from a name and a password to a session, or to the second step that is due before it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from webapp.accounts import service as accounts
from webapp.accounts import store as account_store
from webapp.accounts.errors import AccountLocked, AddressUnverified
from webapp.accounts.names import identifier_key
from webapp.accounts.password_errors import PasswordPepperMissing
from webapp.accounts.password_hashing import PasswordHasher
from webapp.accounts.passwords import Checked, check_password, is_imported, renew_hash, stored_hash
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
from webapp.signin import known_devices
from webapp.signin.errors import InvalidCredentials, PasswordVoided
from webapp.signin.pending import FactorDue, begin_second_step
from webapp.signin.sign_in_codes import take_sign_in_code

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.accounts.models import Account
    from webapp.infra.throttle import Ticket
    from webapp.sessions.service import Standing
    from webapp.signin.devices import Device

# NIST SP 800-63B-4, section 3.2.2: after so many wrong passwords in a row a stranger's browser cannot try again.
MOST_FAILURES_IN_A_ROW = 100
# As `amr` values (RFC 8176); a recovery code is a one-time password too.
BY_PASSWORD = "pwd"  # noqa: S105 - the name of a method
BY_CODE = "pwd otp mfa"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody is in: their new session, and the device as it is known from now on."""

    standing: Standing
    device: Device


def sign_in(
    identifier: str,
    password: str,
    *,
    device: Device,
    brought_session_ids: Iterable[str] = (),
    code: str | None = None,
    is_page: bool,
) -> SignedIn | FactorDue:
    """Check, count, and start a session; the sessions the browser brought end in the same unit.

    Where a second factor is enrolled and this device is not trusted, a `code` is taken at once, or the second step is
    due. Raises InvalidCredentials, and, only after the right password, PasswordVoided and FactorRefused, and after the
    factor too AccountLocked or AddressUnverified; TooManyAttempts; PasswordWorkBusy.
    """
    # Asked before any other work: in a flood a refusal must cost next to nothing.
    part(PasswordHasher).require_place(known_device=bool(device.account_ids))
    key = identifier_key(identifier)
    found = account_store.find_credentials(key)
    # Asked only for an account that this browser's signed cookie names: it costs no stranger's refusal any time.
    is_known = found is not None and known_devices.find_known(device, found.account_id) is not None
    tickets = _count(key, f"{found.account_id} {device.id}" if found and is_known else None)
    stored = stored_hash(found)
    try:
        # An unknown name is checked against a decoy, so that refusing it takes as long as refusing a wrong password.
        checked = check_password(password, stored, whose=key, known_device=is_known)
    except PasswordPepperMissing:
        # As any wrong password is: whoever is told more would learn that there is such an account. The log knows.
        checked = Checked(matches=False, renewed=None)
    except Exception:
        _give_back(tickets)
        raise
    begin_writing()
    if found is None or not checked.matches:
        _refuse(found.account_id if found else None)
    account = accounts.get_account(found.account_id)
    # The password may have been changed, and every session ended, while the old one was checked.
    if account.password_changed_at != found.password_changed_at:
        _refuse(account.id)
    if account.failures_in_a_row >= MOST_FAILURES_IN_A_ROW and not is_known:
        _record_refusal(account, "too_many_failures")
        raise InvalidCredentials
    _give_back(tickets)
    if account.password_voided_at is not None:
        _record_refusal(account, "password_voided")
        raise PasswordVoided
    known = known_devices.find_known(device, account.id)
    has_factor = account.second_factor_since is not None
    is_trusted = known_devices.is_trusted(known, account)
    if has_factor and code is not None:
        take_sign_in_code(account, code, known)
    elif has_factor and not is_trusted:
        renew_hash(account, stored, checked.renewed)
        # Whether the account is locked or unverified is for whoever has the factor too.
        return begin_second_step(account, device, is_page=is_page)
    require_welcome(account)
    renew_hash(account, stored, checked.renewed)
    if has_factor and code is not None:
        return start(account, device, brought_session_ids, BY_CODE)
    # Trust spares a step at the door. It is no proof for what needs one: that takes the factor.
    return start(account, device, brought_session_ids, is_proof=not has_factor)


def start(
    account: Account,
    device: Device,
    brought_session_ids: Iterable[str],
    methods: str = BY_PASSWORD,
    *,
    is_proof: bool = True,
    trusts_device: bool = False,
) -> SignedIn:
    """A session for somebody who has proved who they are; a fixed session id is worth nothing afterwards.

    `methods` as in sessions. Raises InvalidCredentials when password, factor or lock changed since `account` was read.
    """
    # Whoever made the account knows of this sign-in. An imported one was made without its owner, who is told.
    is_expected = account.last_signed_in_at is None and not is_imported(account)
    is_known = known_devices.find_known(device, account.id) is not None
    if not account_store.note_sign_in(
        account.id,
        clock.now(),
        account.password_changed_at,
        account.password_voided_at,
        account.second_factor_since,
    ):
        raise InvalidCredentials
    sign_out(brought_session_ids, EndCause.SIGNED_IN_AGAIN)
    session = sessions.start_session(account, methods, is_proof=is_proof)
    record_event(
        EventName.LOGIN_SUCCEEDED,
        account_id=account.id,
        session_id=session.id,
        detail={"methods": session.methods, "known_device": is_known},
    )
    device = known_devices.note_sign_in(account, device, is_expected=is_expected, trusts=trusts_device)
    return SignedIn(sessions.new_standing(session, account), device)


def _count(key: str, known_device: str | None) -> list[Ticket]:
    """One attempt. A device that knows the account has a lane of its own, which no crowd elsewhere can fill.

    A stranger's lane is that of the name as it was typed, whether or not there is such an account: a lane of the
    account's would tell which address belongs to which name.
    """
    settings = current_settings()
    if known_device is not None:
        return [part(Throttle).count("signin-known", known_device, settings.limit_signin_per_account)]
    return part(Throttle).count_all(
        [
            ("signin", key or "nobody", settings.limit_signin_per_account),
            ("signin-overall", "everybody", settings.limit_signin_overall),
        ]
    )


def has_room(identifier: str) -> bool:
    """Whether a device that the account does not know may try a password under this name now."""
    limit = current_settings().limit_signin_per_account
    return part(Throttle).used("signin", identifier_key(identifier) or "nobody", limit) < limit.count


def _give_back(tickets: Iterable[Ticket]) -> None:
    for ticket in tickets:
        part(Throttle).give_back(ticket)


def _refuse(account_id: str | None) -> NoReturn:
    account_store.add_failure(account_id)
    record_event(EventName.LOGIN_FAILED, account_id=account_id, result="failure")
    raise InvalidCredentials


def require_welcome(account: Account) -> None:
    """What only the rightful owner may hear."""
    if account.is_shut:
        _record_refusal(account, "locked" if account.is_locked else "deletion_ordered")
        raise AccountLocked
    if current_settings().require_verified_email and not account.is_verified:
        _record_refusal(account, "unverified")
        refusal = AddressUnverified()
        refusal.account_id = account.id
        raise refusal


def _record_refusal(account: Account, reason: str) -> None:
    record_event(EventName.LOGIN_REFUSED, account_id=account.id, result="failure", detail={"reason": reason})


def sign_out(session_ids: Iterable[str], cause: EndCause = EndCause.SIGNED_OUT) -> None:
    """End these sessions. One that is over already keeps its own cause."""
    for session_id in session_ids:
        with suppress(SessionEnded):
            standing = sessions.require_standing(session_id)
            sessions.end_session(session_id, standing.account_id, cause)
