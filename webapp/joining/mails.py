"""What joining writes to people: the link that verifies an address, a warning to whose address it is, an invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.config import current_settings
from webapp.infra.outbox import Letter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.accounts.address_store import Owner


def verification_letter(username: str, address: str, token: str) -> Letter:
    """To a claimed address: whoever reads it there can make it the account's."""
    settings = current_settings()
    return Letter(
        f"Verify your address for {settings.app_name}",
        (
            (
                f"Somebody gave {address} as the email address of the account {username} at {settings.app_name}. "
                "If that was you, open the link and confirm it there."
            ),
            (
                "The link works once, within 24 hours. In a browser where you are not signed in, it asks for the "
                "password of that account."
            ),
        ),
        action=("Verify this address", f"{settings.public_url}/verify-email/{token}"),
        closing=(
            "If it was not you, there is nothing to do: without your confirmation the address is not theirs.",
        ),
    )


def taken_letter(owner: Owner, *, is_new: bool) -> Letter:
    """To the owner of an address that somebody else gave as theirs."""
    settings = current_settings()
    tried = "create an account" if is_new else "use it for another account"
    return Letter(
        f"Somebody gave your address at {settings.app_name}",
        (
            (
                f"Somebody tried to {tried} with your address {owner.address} at {settings.app_name}. "
                f"The address belongs to your account {owner.username}, and nothing about it has changed."
            ),
            f"If that was you: sign in as {owner.username}. If you have forgotten the password, choose a new one.",
        ),
        action=("Sign in", f"{settings.public_url}/login"),
        closing=("If it was not you, there is nothing to do: they cannot have the address.",),
        others=(("Choose a new password", f"{settings.public_url}/forgot-password"),),
    )


def invitation_letter(inviter: str, address: str, roles: Sequence[str], token: str) -> Letter:
    """To somebody who has no account yet."""
    settings = current_settings()
    held = f"As {_listed(roles)} you have your rights from the start. " if roles else ""
    return Letter(
        f"You are invited to {settings.app_name}",
        (
            (
                f"{inviter} invites you to {settings.app_name}, under the address {address}. {held}"
                "Open the link, and choose a username and a password."
            ),
            "The link works once, within 7 days. It is meant for you alone: whoever opens it can accept in your place.",
        ),
        action=("Accept the invitation", f"{settings.public_url}/invite/{token}"),
        closing=("If you did not expect this, there is nothing to do: without you nothing comes of it.",),
    )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
