"""The second step of signing in: a code or a passkey, after the right password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.factors import passkeys
from webapp.factors.service import methods_of
from webapp.signin.errors import InvalidCredentials, SecondStepOver
from webapp.signin.flow import BY_CODE, require_welcome, start
from webapp.signin.known_devices import find_known
from webapp.signin.pending import FactorDue, finish, get_waiting, one_try
from webapp.signin.sign_in_codes import take_sign_in_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from webapp.signin.devices import Device
    from webapp.signin.flow import SignedIn
    from webapp.signin.pending import Waiting


def get_due_step(token: str, device: Device, *, is_page: bool) -> FactorDue:
    """What a sign-in that waits can be finished with. Raises SecondStepOver."""
    waiting = get_waiting(token, device, is_page=is_page)
    return FactorDue(token, methods_of(waiting.account.id), waiting.account)


def finish_with_code(
    token: str,
    code: str,
    *,
    device: Device,
    is_page: bool,
    trusts_device: bool = False,
    brought_session_ids: Iterable[str] = (),
) -> SignedIn:
    """Finish by the code of an app, or a recovery code.

    Raises SecondStepOver, FactorRefused and TooManyAttempts, and after the right code AccountLocked, AddressUnverified.
    """
    waiting = get_waiting(token, device, is_page=is_page, holds=True)
    known = find_known(device, waiting.account.id)
    with one_try(waiting):
        take_sign_in_code(waiting.account, code, known)
    return _finish(waiting, device, brought_session_ids, BY_CODE, trusts_device=trusts_device)


def finish_with_passkey(
    token: str,
    credential: Mapping[str, Any] | str,
    *,
    device: Device,
    is_page: bool,
    trusts_device: bool = False,
    brought_session_ids: Iterable[str] = (),
) -> SignedIn:
    """Finish by a passkey of the account. Raises as `finish_with_code`, with PasskeyRefused for FactorRefused."""
    waiting = get_waiting(token, device, is_page=is_page, holds=True)
    with one_try(waiting):
        verified = passkeys.verify_assertion(
            credential, "factor", account_id=waiting.account.id, bound_to=waiting.id
        )
    methods = f"pwd {verified.method} user mfa"
    return _finish(waiting, device, brought_session_ids, methods, trusts_device=trusts_device)


def passkey_options(token: str, device: Device, *, is_page: bool) -> dict[str, Any]:
    """What the browser asks its passkeys with, for this sign-in alone. Raises SecondStepOver."""
    waiting = get_waiting(token, device, is_page=is_page)
    return passkeys.assertion_options("factor", account_id=waiting.account.id, bound_to=waiting.id)


def _finish(
    waiting: Waiting, device: Device, brought_session_ids: Iterable[str], methods: str, *, trusts_device: bool
) -> SignedIn:
    finish(waiting)
    require_welcome(waiting.account)
    try:
        return start(waiting.account, device, brought_session_ids, methods, trusts_device=trusts_device)
    except InvalidCredentials:
        # Something else than the code was changed in this very moment.
        raise SecondStepOver from None
