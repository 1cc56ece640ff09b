"""What the owner of an account reads about what administrators did to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.config import current_settings
from webapp.infra.outbox import Letter, queue_letter
from webapp.recovery.flow import RESET_LIFETIME

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.accounts.models import Account

RESET_HOURS: Final = int(RESET_LIFETIME.total_seconds() // 3600)
_MISTAKE: Final = "If you think that this is a mistake, ask an administrator."


def verified_address_for_letter(account: Account) -> str | None:
    """Where a letter reaches the owner; None where mail is off or no address is proven."""
    email = account.email
    is_reachable = email is not None and email.verified_at is not None and current_settings().sends_mail
    return email.address if email is not None and is_reachable else None


def tell_of_deletion(account: Account, due_at: datetime) -> None:
    """It is shut and will be gone."""
    day = f"{due_at:%A}, {due_at.day} {due_at:%B %Y}, at {due_at:%H:%M} UTC"
    _tell(
        account,
        "deletion_ordered",
        "Your account is to be deleted",
        (
            f"An administrator has had your account {_name(account)} deleted. Every session has ended.",
            f"On {day} it is gone, with all it holds. Until then an administrator can restore it.",
        ),
        _MISTAKE,
    )


def tell_of_restoration(account: Account) -> None:
    """It is there again."""
    _tell(
        account,
        "account_restored",
        "Your account was restored",
        (f"Your account {_name(account)} is not deleted. Everything in it is as it was.",),
        "If you wanted it to be deleted, sign in and ask for that in your account.",
    )


def reset_letter(account: Account, token: str) -> Letter:
    """A reset link that those who look after accounts have sent to its owner."""
    return Letter(
        f"Choose a new password for {current_settings().app_name}",
        (
            f"You are sent a link with which you choose a new password for your account {_name(account)}.",
            f"It works once, within {RESET_HOURS} hours. Until then your password stays as it is.",
        ),
        action=_choose(token),
        closing=("If you did not ask for it, there is nothing to do: your password stays as it is.",),
    )


def new_password_letter(account: Account, token: str) -> Letter:
    """Their password is void."""
    return Letter(
        f"Choose a new password for {current_settings().app_name}",
        (
            f"An administrator asks you to choose a new password for your account {_name(account)}.",
            "Your present password no longer works, and every session has ended. Second factors stay as they are.",
            f"Open the link and choose a new one. It works once, within {RESET_HOURS} hours.",
        ),
        action=_choose(token),
        closing=("If the link has expired, ask for another one on the sign-in page.",),
    )


def secured_letter(account: Account, token: str) -> Letter:
    """Somebody else may have been in it."""
    return Letter(
        f"Your account at {current_settings().app_name} was secured",
        (
            (
                f"An administrator secured your account {_name(account)}, because somebody else may have signed in to "
                "it. Every session has ended, and your password no longer works."
            ),
            (
                f"Open the link and choose a new one. It works once, within {RESET_HOURS} hours. Once you are in, look "
                "through your second factors."
            ),
            (
                "Second factors added in the last 7 days are removed, for whoever was in the account may have added "
                "them. Recovery codes are void: make new ones. Older passkeys no longer sign in without the password."
            ),
        ),
        action=_choose(token),
        closing=("If the link has expired, ask for another one on the sign-in page.",),
    )


def _choose(token: str) -> tuple[str, str]:
    return "Choose a new password", f"{current_settings().public_url}/reset-password/{token}"


def _tell(account: Account, kind: str, subject: str, paragraphs: tuple[str, ...], closing: str) -> None:
    address = verified_address_for_letter(account)
    if address is not None:
        letter = Letter(subject, paragraphs, closing=(closing,))
        queue_letter(kind, address, letter, account_id=account.id)


def _name(account: Account) -> str:
    return f"{account.username} at {current_settings().app_name}"
