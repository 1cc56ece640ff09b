"""What a lock consists of: why, and until when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.core import clock
from webapp.core.errors import InvalidInput

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.accounts.models import Account

# Longer is for good: whoever wants that sets no end.
LONGEST_LOCK: Final = timedelta(days=366)


def check_terms(reason: str, until: datetime | None) -> str:
    """The reason, tidied. Raises InvalidInput."""
    words = " ".join(reason.split())
    if not words:
        raise InvalidInput(fields={"reason": "Write why, for those who look at this account later."})
    if len(words) > 200:
        raise InvalidInput(fields={"reason": "Use at most 200 characters."})
    moment = clock.now()
    if until is not None and not moment < until <= moment + LONGEST_LOCK:
        raise InvalidInput(fields={"until": "Use a moment in the future, at most a year from now."})
    return words


def terms_of(account: Account) -> dict[str, object]:
    """The lock that an account has, as an event tells of it."""
    facts: dict[str, object] = {"reason": account.lock_reason}
    if account.locked_until is not None:
        facts["until"] = account.locked_until.isoformat()
    return facts
