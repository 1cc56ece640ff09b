"""What a change of address writes: to the address of before, with the way back."""

from __future__ import annotations

from webapp.config import current_settings
from webapp.infra.outbox import Letter


def changed_letter(username: str, address: str, token: str) -> Letter:
    """To the replaced address, which does not hear the new one: its reader need not be the account's owner any more."""
    settings = current_settings()
    return Letter(
        f"Your address for {settings.app_name} was changed",
        (
            (
                f"{address} is the email address of your account {username} at {settings.app_name} no more: "
                "another one was verified in its place."
            ),
            (
                "If that was not you, put this address back. Every session ends then, and you choose a new password. "
                "The link works for 7 days, without signing in."
            ),
        ),
        action=("Put this address back", f"{settings.public_url}/undo-email/{token}"),
        closing=("If it was you, there is nothing to do.",),
    )
