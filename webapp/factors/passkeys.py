"""Passkeys: how one is added to an account, and how one proves whose it is (Web Authentication Level 3, section 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

from webapp.config import current_settings
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.core.opaque import new_id
from webapp.core.origin import current_origin
from webapp.core.parts import part
from webapp.factors import passkey_store, store
from webapp.factors.errors import TooManyFactors
from webapp.factors.passkey_challenges import make_challenge, take_challenge
from webapp.factors.passkey_errors import PasskeyAddedAlready, PasskeyNotAdded, PasskeyRefused, Unverified
from webapp.factors.service import list_factors
from webapp.factors.words import free_name, require_name
from webapp.infra.audit import record_event
from webapp.infra.database import keep_so_far
from webapp.infra.throttle import Throttle, TooManyAttempts
from webapp.sessions.devices import describe_device

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from webapp.accounts.models import Account
    from webapp.factors.models import Passkey
    from webapp.factors.passkey_ceremonies import Asserted

AssertionPurpose = Literal["sign_in", "factor", "proof"]
MOST_PASSKEYS: Final = 20
# Leaves room for a number in a name of 60 characters.
_DEVICE: Final = 50
_NOT_ASKED: Final = "This was asked too long ago, or was answered already. Try again, or go on another way."
_UNKNOWN: Final = (
    "That passkey is not registered here, or was removed. Use another one, or go on another way."
)
_COPIED: Final = (
    "The counter of that passkey went backwards, as that of a copied one does. "
    "Go on another way, and remove it under Security."
)


@dataclass(frozen=True, slots=True)
class VerifiedPasskey:
    """Whose passkey answered. `method` as RFC 8176 names it: hwk is bound to one device, swk is kept on several."""

    account_id: str
    passkey_id: str
    method: Literal["hwk", "swk"]
    created_at: datetime


def registration_options(account: Account, bound_to: str) -> dict[str, Any]:
    """What a browser needs to make a passkey, as JSON; `bound_to` names the session. Raises TooManyFactors."""
    from webapp.factors import passkey_ceremonies as ceremonies

    known = _require_place(account.id)
    challenge = make_challenge("register", account_id=account.id, bound_to=bound_to)
    return ceremonies.creation_options(account, challenge, known)


def register(
    account: Account, credential: Mapping[str, Any] | str, name: str | None, bound_to: str
) -> Passkey:
    """Keep what the browser made; without a name it gets that of the device. What follows from it is enrolment's.

    Raises PasskeyNotAdded, PasskeyAddedAlready, TooManyFactors, InvalidInput for the name.
    """
    from webapp.factors import passkey_ceremonies as ceremonies

    _require_place(account.id)
    wanted = require_name(name) if name else describe_device(current_origin().user_agent)[:_DEVICE]
    try:
        answer, challenge = ceremonies.read_attestation(credential)
        is_asked = take_challenge(challenge, "register", account_id=account.id, bound_to=bound_to)
        if not is_asked:
            raise PasskeyNotAdded(_NOT_ASKED)
        made = ceremonies.verify_attestation(answer, challenge)
    except Unverified as failure:
        raise PasskeyNotAdded from failure
    added = passkey_store.add_passkey(
        id=new_id(),
        account_id=account.id,
        name=wanted if name else free_name(wanted, list_factors(account.id).names),
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        transports=made.transports,
        is_synced=made.is_synced,
        created_at=clock.now(),
    )
    passkey = passkey_store.find_by_credential_id(made.credential_id)
    if not added or passkey is None:
        raise PasskeyAddedAlready
    return passkey


def assertion_options(purpose: AssertionPurpose, *, account_id: str | None, bound_to: str) -> dict[str, Any]:
    """What a browser needs to use a passkey, as JSON: one of the account's, or any of ours where no account is named.

    `bound_to`, of up to 64 characters, has to come back with the answer. Raises PasskeyRefused for an account
    that has none.
    """
    from webapp.factors import passkey_ceremonies as ceremonies

    allowed = store.list_passkeys(account_id) if account_id else ()
    if account_id and not allowed:
        raise PasskeyRefused("This account has no passkey. Go on another way.")
    challenge = make_challenge(purpose, account_id=account_id, bound_to=bound_to)
    return ceremonies.request_options(challenge, allowed)


def verify_assertion(
    credential: Mapping[str, Any] | str, purpose: AssertionPurpose, *, account_id: str | None, bound_to: str
) -> VerifiedPasskey:
    """Whose passkey answered the challenge made for exactly this; the challenge is spent, rightly or wrongly.

    `credential` is the browser's, as JSON or parsed. Raises PasskeyRefused, and TooManyAttempts where an account's
    passkey was answered for wrongly too often. What verifies is never refused for others' failures: a signature
    cannot be guessed, and whoever knows a credential's id could else shut its owner out.
    """
    from webapp.factors import passkey_ceremonies as ceremonies

    try:
        answer, challenge = ceremonies.read_assertion(credential)
    except Unverified as failure:
        raise PasskeyRefused from failure
    if not take_challenge(challenge, purpose, account_id=account_id, bound_to=bound_to):
        raise PasskeyRefused(_NOT_ASKED)
    passkey = passkey_store.find_by_credential_id(answer.raw_id)
    if passkey is None or account_id not in {None, passkey.account_id}:
        if account_id is not None:
            _refuse(account_id, _UNKNOWN)
        raise PasskeyRefused(_UNKNOWN)
    handle = answer.response.user_handle
    try:
        said = ceremonies.verify_assertion(answer, challenge, passkey.public_key)
    except Unverified:
        _refuse(passkey.account_id)
    # Section 7.2, step 6: the account that the authenticator names is the credential's.
    if handle is not None and handle != passkey.account_id.encode():
        _refuse(passkey.account_id)
    _note_use(passkey, said)
    method: Literal["hwk", "swk"] = "swk" if said.is_synced else "hwk"
    return VerifiedPasskey(passkey.account_id, passkey.id, method, passkey.created_at)


def _note_use(passkey: Passkey, said: Asserted) -> None:
    if not passkey_store.note_use(passkey.id, said.sign_count, clock.now(), is_synced=said.is_synced):
        record_event(
            EventName.PASSKEY_COUNTER_FELL,
            account_id=passkey.account_id,
            result="failure",
            detail={"name": passkey.name, "before": passkey.sign_count, "after": said.sign_count},
        )
        raise PasskeyRefused(_COPIED)
    # The owner is here: codes that were guessed at are taken from strangers' browsers again.
    store.forget_failures(passkey.account_id)


def _refuse(account_id: str, sentence: str | None = None) -> NoReturn:
    """Count and record a wrong answer for an account."""
    record_event(
        EventName.FACTOR_FAILED, account_id=account_id, result="failure", detail={"method": "passkey"}
    )
    try:
        part(Throttle).count("factor-passkey", account_id, current_settings().limit_signin_per_account)
    except TooManyAttempts:
        # The challenge is spent all the same.
        keep_so_far()
        raise
    raise PasskeyRefused(sentence)


def _require_place(account_id: str) -> Sequence[Passkey]:
    known = store.list_passkeys(account_id)
    if len(known) >= MOST_PASSKEYS:
        raise TooManyFactors(
            f"There are {MOST_PASSKEYS} passkeys, as many as an account can have. Remove one first."
        )
    return known
