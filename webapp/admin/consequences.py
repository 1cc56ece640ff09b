"""What several acts do alike, as the pages say it that ask before they are done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.sessions import service as sessions

if TYPE_CHECKING:
    from webapp.accounts.models import Account


def sessions_that_end(account: Account, *, besides: str | None = None) -> str:
    """The open sessions of an account end, but for the one `besides`."""
    number = sum(each.id != besides for each in sessions.list_sessions(account))
    if number == 0:
        return (
            "They are signed in nowhere else just now." if besides else "They are signed in nowhere just now."
        )
    return "One open session ends at once." if number == 1 else f"{number:,} open sessions end at once."
