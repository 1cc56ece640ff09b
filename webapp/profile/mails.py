"""What a person reads about changes of their own account: of the password, and at the address of before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.accounts.notices import tell_owner
from webapp.config import current_settings
from webapp.infra.outbox import Letter

if TYPE_CHECKING:
    from webapp.accounts.models import Account


def tell_of_new_password(account: Account) -> None:
    """To the owner: somebody who is signed in has chosen another password."""
    app_name = current_settings().app_name
    tell_owner(
        account,
        "password_changed",
        f"Your password for {app_name} was changed",
        (
            f"Somebody signed in to your account {account.username} at {app_name} chose a new password.",
            "Every other session has ended.",
        ),
    )


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
