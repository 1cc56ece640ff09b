"""Setting up an authenticator app: begun with a new secret, in force once its first code is confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.config import current_settings
from webapp.core import clock
from webapp.core.errors import InvalidInput
from webapp.core.opaque import new_id
from webapp.core.parts import part
from webapp.factors import store, totp
from webapp.factors.errors import EnrolmentExpired, FactorNotFound, TooManyFactors
from webapp.factors.models import TotpFactor
from webapp.factors.qr_code import QrCode, qr_code_of
from webapp.factors.service import MOST_CHANGES, factor_added, hold_for_change, list_factors
from webapp.factors.words import PLAIN_APP, free_name, plain_code, require_name
from webapp.infra.throttle import Throttle

if TYPE_CHECKING:
    from webapp.accounts.models import Account
    from webapp.sessions.service import Standing

MOST_APPS: Final = 5
LIFETIME: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """An app that is being set up. `secret` is shown to the person alone, as text and in the picture."""

    id: str
    name: str
    secret: str
    otpauth_uri: str
    qr: QrCode


def begin_app(standing: Standing, name: str | None = None) -> Enrolment:
    """A new secret; one begun before and not confirmed is void.

    Raises ProofNeeded, InvalidInput, TooManyFactors, TooManyAttempts.
    """
    account = hold_for_change(standing)
    there = list_factors(account.id)
    if len(there.totp) >= MOST_APPS:
        raise TooManyFactors(f"An account can have {MOST_APPS} authenticator apps. Remove one first.")
    # Adding one and taking it away again are told by mail each: nobody must be able to fill the owner's mailbox.
    part(Throttle).count("factor-begun", account.id, MOST_CHANGES)
    store.delete_begun(account.id)
    factor_id, secret = new_id(), totp.new_secret()
    row = TotpFactor(
        id=factor_id,
        account_id=account.id,
        name=free_name(PLAIN_APP, there.names) if name is None else require_name(name),
        secret=totp.seal_secret(secret, factor_id),
        created_at=clock.now(),
    )
    store.add(row)
    return _shown(row, secret, account)


def show_begun(standing: Standing, factor_id: str) -> Enrolment:
    """The same once more, for a form that is shown again. Raises ProofNeeded, FactorNotFound, EnrolmentExpired."""
    account = hold_for_change(standing)
    row = _get_begun(account.id, factor_id)
    return _shown(row, totp.open_secret(row), account)


def confirm_app(standing: Standing, factor_id: str, code: str) -> tuple[str, ...] | None:
    """Put the app in force, if it shows this code now; the recovery codes when it is the account's first factor.

    Raises ProofNeeded, FactorNotFound, EnrolmentExpired, TooManyAttempts, InvalidInput for a wrong code.
    """
    account = hold_for_change(standing)
    row = _get_begun(account.id, factor_id)
    throttle = part(Throttle)
    ticket = throttle.count("factor-confirm", account.id, current_settings().limit_signin_per_account)
    plain = plain_code(code)
    if not totp.is_totp_code(plain):
        throttle.give_back(ticket)
        raise InvalidInput(fields={"code": "Enter the six digits that the app shows."})
    step = max(totp.matching_steps(totp.open_secret(row), plain), default=None)
    if step is None:
        raise InvalidInput(
            fields={
                "code": "That is not the code. Enter the one shown now; the clock of the phone must be right."
            }
        )
    throttle.give_back(ticket)
    if not store.confirm_app(row.id, step, clock.now()):
        raise FactorNotFound
    return factor_added(account, "totp", row.name, session_id=standing.session_id)


def _get_begun(account_id: str, factor_id: str) -> TotpFactor:
    row = store.find_app(account_id, factor_id)
    if row is None or row.confirmed_at is not None:
        raise FactorNotFound
    if clock.now() - row.created_at >= LIFETIME:
        raise EnrolmentExpired
    return row


def _shown(row: TotpFactor, secret: str, account: Account) -> Enrolment:
    uri = totp.otpauth_uri(secret, current_settings().app_name, account.username)
    return Enrolment(row.id, row.name, secret, uri, qr_code_of(uri))
