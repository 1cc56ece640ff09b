"""What the owner of an account reads about its tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.accounts.notices import tell_owner
from webapp.config import current_settings
from webapp.core.origin import current_origin

if TYPE_CHECKING:
    from webapp.accounts.models import Account


def tell_of_reuse(account: Account, device: str) -> None:
    """A spent refresh token was shown again: two have held it (RFC 9700, section 4.14.2)."""
    address = current_origin().address or "an unknown address"
    tell_owner(
        account,
        "refresh_token_reused",
        f"You were signed out at {current_settings().app_name} for safety",
        (
            f"A sign-in token of your account {account.username} on {device} was used a second time, from {address}.",
            "That can mean that somebody copied it, so that session has ended for whoever was in it.",
            "Your other sessions go on. If you restored a browser or a computer from a copy, this may have been you.",
        ),
    )
