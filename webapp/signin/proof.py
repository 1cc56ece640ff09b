"""What counts as a fresh proof: a passkey, or the password and, where a factor is enrolled, a code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from webapp.accounts import service as accounts
from webapp.accounts import store as account_store
from webapp.accounts.passwords import check_password, stored_hash
from webapp.config import current_settings
from webapp.core.limit import Limit
from webapp.core.parts import part
from webapp.factors import passkeys
from webapp.factors.codes import take_code
from webapp.factors.errors import FactorRefused
from webapp.factors.passkey_errors import PasskeyRefused
from webapp.factors.service import methods_of
from webapp.infra.database import begin_writing
from webapp.infra.throttle import Throttle
from webapp.sessions.errors import ProofRefused
from webapp.sessions.proof import note_proof, record_failed_proof
from webapp.signin.errors import SecondFactorNeeded
from webapp.signin.known_devices import find_known

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from webapp.accounts.models import Account
    from webapp.infra.throttle import Ticket
    from webapp.sessions.service import Standing
    from webapp.signin.devices import Device

# Wrong ones in one session: without it a browser left open could be asked a thousand passwords a day.
_MOST_IN_A_DAY: Final = Limit(50, 86_400)
_CODE_TOO: Final = {"code": "Enter the code of your second factor too."}
ProofMethod = Literal["password", "passkey", "totp", "recovery_code"]


def methods_for_proof(account_id: str) -> tuple[ProofMethod, ...]:
    """What this person can prove themselves with; a code goes with the password, never alone."""
    has_password = accounts.get_account(account_id).password_hash is not None
    return (*(("password",) if has_password else ()), *methods_of(account_id))


def needs_code(account: Account) -> bool:
    """Whether the password alone is no proof."""
    return account.second_factor_since is not None


def prove(
    standing: Standing,
    *,
    password: str | None = None,
    code: str | None = None,
    credential: Mapping[str, Any] | str | None = None,
    device: Device | None = None,
) -> None:
    """Take a passkey's answer, or password and code, as proof.

    Counted before the work in a lane of its own for each session: a thief with an unlocked browser cannot try a word
    list here; codes are counted for the account too, apart on a `device` that it knows. Raises ProofRefused,
    SecondFactorNeeded, PasskeyRefused, TooManyAttempts, PasswordWorkBusy.
    """
    account = standing.account
    if credential is None and needs_code(account) and not code:
        raise SecondFactorNeeded(fields=_CODE_TOO)
    throttle = part(Throttle)
    tickets = throttle.count_all(
        [
            ("proof", standing.session_id, current_settings().limit_signin_per_account),
            ("proof-day", standing.session_id, _MOST_IN_A_DAY),
        ]
    )
    try:
        if credential is not None:
            method = _by_passkey(standing, credential)
        else:
            method = _by_password(standing, password or "", code or "", device)
    except (ProofRefused, PasskeyRefused):
        record_failed_proof(standing)
        raise
    except Exception:
        _give_back(tickets)
        raise
    _give_back(tickets)
    note_proof(standing, method)


def _give_back(tickets: Iterable[Ticket]) -> None:
    for ticket in tickets:
        part(Throttle).give_back(ticket)


def passkey_options(standing: Standing) -> dict[str, Any]:
    """What the browser asks its passkeys with, for a proof in this session alone. Raises PasskeyRefused."""
    return passkeys.assertion_options("proof", account_id=standing.account_id, bound_to=standing.session_id)


def _by_passkey(standing: Standing, credential: Mapping[str, Any] | str) -> str:
    begin_writing()
    passkeys.verify_assertion(
        credential, "proof", account_id=standing.account_id, bound_to=standing.session_id
    )
    return "passkey"


def _by_password(standing: Standing, password: str, code: str, device: Device | None) -> str:
    account = standing.account
    seen = account.password_changed_at
    checked = check_password(password, stored_hash(account), whose=account.username_key, known_device=True)
    begin_writing()
    if not checked.matches:
        account_store.add_failure(account.id)
        raise ProofRefused(fields={"password": "That is not your password."})
    # Asked anew: a factor may have been added, or the password voided, while the old one was checked.
    now = accounts.get_account(account.id)
    if now.password_voided_at is not None or now.password_changed_at != seen:
        raise ProofRefused(fields={"password": "That password was changed or set aside meanwhile."})
    if not needs_code(now):
        return "password"
    if not code:
        raise SecondFactorNeeded(fields=_CODE_TOO)
    known = find_known(device, account.id) if device is not None else None
    try:
        return take_code(account.id, code, known_device_id=known.device_id if known else None)
    except FactorRefused as refused:
        # Not 401: to a client that would mean its token, which it would renew and then send all this again.
        raise ProofRefused(refused.message, fields={"code": refused.message}) from None
