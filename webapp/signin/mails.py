"""What the owner of an account reads about sign-ins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.accounts.notices import tell_owner
from webapp.config import current_settings

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.accounts.models import Account


def tell_of_new_device(account: Account, device: str, address: str, moment: datetime) -> None:
    """Somebody signed in with a browser that had not signed this account in before."""
    whose = f"Your account {account.username} at {current_settings().app_name}"
    tell_owner(
        account,
        "new_device",
        f"New sign-in to {current_settings().app_name}: {device}",
        (
            f"{whose} was signed in to on a device that was not known before.",
            f"Device: {device}. Address: {address or 'unknown'}. Time: {moment.day} {moment:%B %Y, %H:%M} UTC.",
        ),
    )
