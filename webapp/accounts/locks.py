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
LONGEST_REASON: Final = 200


def check_terms(reason: str, until: datetime | None) -> str:
    """The reason, tidied. Raises InvalidInput about both, where both will not do."""
    fields = {}
    words = " ".join(reason.split())
    if not words:
        fields["reason"] = "Write why, for those who look at it later."
    elif len(words) > LONGEST_REASON:
        fields["reason"] = f"Use at most {LONGEST_REASON} characters."
    moment = clock.now()
    if until is not None and not moment < until <= moment + LONGEST_LOCK:
        fields["until"] = "Use a moment in the future, at most a year from now."
    if fields:
        raise InvalidInput(fields=fields)
    return words


def terms_of(account: Account) -> dict[str, object]:
    """The lock that an account has, as an event tells of it."""
    facts: dict[str, object] = {"reason": account.lock_reason}
    if account.locked_until is not None:
        facts["until"] = account.locked_until.isoformat()
    return facts
