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


def displaced_letter(username: str, address: str) -> Letter:
    """To the address that an undone change drops. No link: its reader may be who should not have changed it."""
    app_name = current_settings().app_name
    return Letter(
        f"Your address for {app_name} was taken off an account",
        (
            (
                f"{address} is the email address of the account {username} at {app_name} no more. Whoever reads mail "
                "at its former address put that one back."
            ),
            "Every session of the account has ended, and its password no longer works.",
        ),
        closing=(
            (
                f"If the account is yours and the former address is not, ask an administrator of {app_name}: only they "
                "can give it back to you."
            ),
        ),
    )
