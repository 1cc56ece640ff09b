"""What recovery writes to people: the reset link, and that the password was reset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.accounts.notices import tell_owner
from webapp.config import current_settings
from webapp.infra.outbox import Letter

if TYPE_CHECKING:
    from webapp.accounts.models import Account


def reset_letter(username: str, token: str) -> Letter:
    """To the verified address of an account, for whoever asked for it."""
    settings = current_settings()
    return Letter(
        f"Choose a new password for {settings.app_name}",
        (
            (
                f"Somebody asked for a new password for the account {username} at {settings.app_name}. "
                "If that was you, open the link and choose it there."
            ),
            "The link works once, within an hour. A second step of your sign-in stays as it is.",
        ),
        action=("Choose a new password", f"{settings.public_url}/reset-password/{token}"),
        closing=("If it was not you, there is nothing to do: your password stays as it is.",),
    )


def tell_of_reset(account: Account) -> None:
    """To the owner: somebody with a reset link has chosen a new password."""
    app_name = current_settings().app_name
    tell_owner(
        account,
        "password_reset_done",
        f"Your password for {app_name} was changed",
        (
            (
                f"A new password was chosen for your account {account.username} at {app_name}, by a reset link. "
                "Every session has ended."
            ),
        ),
    )
