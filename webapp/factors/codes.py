"""Taking a code as a second step: an app's or a recovery code, each once, counted before it is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NoReturn

from webapp.accounts import service as accounts
from webapp.accounts import store as account_store
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.core.parts import part
from webapp.factors import mails, recovery_codes, store, totp
from webapp.factors.errors import FactorRefused
from webapp.factors.words import plain_code
from webapp.infra.audit import record_event
from webapp.infra.throttle import Throttle

if TYPE_CHECKING:
    from webapp.infra.throttle import Ticket

# As for passwords: NIST SP 800-63B-4, section 3.2.2.
MOST_FAILURES_IN_A_ROW: Final = 100


def take_code(account_id: str, code: str, *, known_device_id: str | None) -> Literal["totp", "recovery_code"]:
    """Use a code up, in a unit that writes. Spaces, hyphens and case do not matter.

    Attempts are counted for each account, and in a lane of its own for each device that has signed it in before
    (`known_device_id`), which no stranger can fill. Neither lane is emptied by a right password, so that who knows
    the password gains no guesses by giving it again. Raises FactorRefused, TooManyAttempts.
    """
    plain = plain_code(code)
    if totp.is_totp_code(plain):
        _take_totp(account_id, plain, known_device_id)
        return "totp"
    if recovery_codes.is_recovery_code(plain):
        _take_recovery_code(account_id, plain, known_device_id)
        return "recovery_code"
    raise FactorRefused(
        "Enter the six digits that your app shows, or a recovery code of 23 letters and digits.",
    )


def forget_failures(account_id: str) -> None:
    """Let strangers try codes again: after a factor has shown whose account it is; a link by mail does not."""
    store.forget_failures(account_id)


def _take_totp(account_id: str, plain: str, known_device_id: str | None) -> None:
    ticket = _count("factor-totp", account_id, known_device_id)
    # Whoever changes factors holds the account first too, so that the two never wait for each other.
    account_store.hold_account(account_id)
    if known_device_id is None and store.failures_of(account_id) >= MOST_FAILURES_IN_A_ROW:
        # Said before the code is looked at, so that it tells nothing about the code.
        _record_failure(account_id, "too_many_failures")
        raise FactorRefused(
            "Too many wrong codes were entered for this account. Use a passkey, a recovery code, or a browser in which "
            "you have signed in before."
        )
    moment = clock.now()
    for app in store.list_apps(account_id):
        # A code that fits two steps is taken for the first of them that is not used up.
        for step in totp.matching_steps(totp.open_secret(app), plain):
            if store.spend_timecode(app.id, step, moment):
                _succeed(account_id, ticket)
                return
    _refuse(account_id, "totp")


def _take_recovery_code(account_id: str, plain: str, known_device_id: str | None) -> None:
    ticket = _count("factor-recovery", account_id, known_device_id)
    account_store.hold_account(account_id)
    if not recovery_codes.spend(account_id, plain):
        _refuse(account_id, "recovery_code")
    _succeed(account_id, ticket)
    left, _ = store.count_codes(account_id)
    record_event(EventName.RECOVERY_CODE_USED, account_id=account_id, detail={"count": left})
    mails.tell_code_used(accounts.get_account(account_id), left)


def _count(lane: str, account_id: str, known_device_id: str | None) -> Ticket:
    key = account_id if known_device_id is None else f"{account_id} {known_device_id}"
    return part(Throttle).count(lane, key, current_settings().limit_signin_per_account)


def _succeed(account_id: str, ticket: Ticket) -> None:
    part(Throttle).give_back(ticket)
    store.forget_failures(account_id)


def _refuse(account_id: str, method: str) -> NoReturn:
    # A recovery code has too many bits to be guessed: wrong ones shut nobody out of the way in for emergencies.
    if method == "totp":
        store.add_failure(account_id)
    _record_failure(account_id, method)
    raise FactorRefused


def _record_failure(account_id: str, reason: str) -> None:
    record_event(EventName.FACTOR_FAILED, account_id=account_id, result="failure", detail={"reason": reason})
