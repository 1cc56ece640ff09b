"""Signing in by a passkey alone: it says who somebody is, and proves it by what they have and know or are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.accounts import service as accounts
from webapp.accounts.errors import AccountNotFound
from webapp.factors import passkeys
from webapp.factors.passkey_errors import PasskeyRefused
from webapp.signin.errors import InvalidCredentials, PasskeySetAside, PasswordVoided
from webapp.signin.flow import require_welcome, start

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from webapp.signin.devices import Device
    from webapp.signin.flow import SignedIn


def sign_in_with_passkey(
    credential: Mapping[str, Any] | str,
    *,
    bound_to: str,
    device: Device,
    brought_session_ids: Iterable[str] = (),
) -> SignedIn:
    """Start a session for whoever's passkey this is; nobody's guesses at a password or a code can prevent it.

    Raises PasskeyRefused, and after the right passkey PasswordVoided, PasskeySetAside, AccountLocked or
    AddressUnverified.
    """
    verified = passkeys.verify_assertion(credential, "sign_in", account_id=None, bound_to=bound_to)
    try:
        account = accounts.get_account(verified.account_id)
        if account.password_voided_at is not None:
            # Whoever was in the account may have added this passkey: the way in goes by its owner's mail first.
            raise PasswordVoided
        if account.secured_at is not None and verified.created_at <= account.secured_at:
            # A new password does not make it the owner's: beside that password it is a second step, alone it is none.
            raise PasskeySetAside
        require_welcome(account)
        return start(account, device, brought_session_ids, f"{verified.method} user mfa")
    except (AccountNotFound, InvalidCredentials):
        raise PasskeyRefused from None
