"""Codes given to sign in with: wrong ones after the right password are told to the owner of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.core.limit import Limit
from webapp.core.parts import part
from webapp.factors import mails
from webapp.factors.codes import take_code
from webapp.factors.errors import FactorRefused
from webapp.infra.throttle import Throttle

if TYPE_CHECKING:
    from webapp.accounts.models import Account
    from webapp.signin.models import KnownDevice

# A slip or two in a day is the owner's own, more often than not.
_SLIPS: Final = Limit(2, 86_400)


def take_sign_in_code(account: Account, code: str, known: KnownDevice | None) -> None:
    """Use a code up after the right password. Raises FactorRefused, TooManyAttempts."""
    try:
        take_code(account.id, code, known_device_id=known.device_id if known else None)
    except FactorRefused:
        # Here the guesser has the password already, which the owner cannot know.
        throttle = part(Throttle)
        _, wrong = throttle.take(throttle.name_of("wrong-codes", account.id, _SLIPS), _SLIPS.seconds)
        if wrong > _SLIPS.count:
            mails.tell_wrong_codes(account)
        raise
