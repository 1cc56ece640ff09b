"""One account as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from webapp.accounts import service as accounts
from webapp.accounts.addresses import pending_claim
from webapp.accounts.errors import AccountNotFound
from webapp.admin.account_list import state_of
from webapp.factors import service as factors
from webapp.sessions import service as sessions
from webapp.sessions.limits import limits_of
from webapp.sessions.methods import methods_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.accounts.models import Account


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One sign-in that stands. It ends at `ends_at` at the latest, and at `idle_at` unless it is used before."""

    id: str
    device: str
    address: str
    methods: str
    signed_in_at: datetime
    last_seen_at: datetime
    ends_at: datetime
    idle_at: datetime
    is_bound: bool


@dataclass(frozen=True, slots=True)
class ShownFactor:
    """A second factor, as far as anybody but its owner may see it."""

    id: str
    kind: Literal["authenticator app", "passkey"]
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountView:
    """The facts of one account. `pending_address` waits to be verified; `deleted_by` had the account deleted."""

    id: str
    version: int
    username: str
    display_name: str
    address: str | None
    address_verified_at: datetime | None
    pending_address: str | None
    state: str
    roles: Sequence[str]
    created_at: datetime
    last_signed_in_at: datetime | None
    password_changed_at: datetime | None
    password_voided_at: datetime | None
    locked_at: datetime | None
    locked_until: datetime | None
    lock_reason: str | None
    deletion_due_at: datetime | None
    is_deletion_ordered: bool
    deleted_by: str | None
    is_last_administrator: bool
    lacks_required_factor: bool
    factors: Sequence[ShownFactor]
    recovery_codes: int


def view_of(account: Account) -> AccountView:
    """Everything known about the account itself."""
    email, claim = account.email, pending_claim(account)
    there = factors.list_factors(account.id)
    shown = [
        ShownFactor(
            each.id, "authenticator app", each.name, each.confirmed_at or each.created_at, each.last_used_at
        )
        for each in there.totp
    ]
    shown += [
        ShownFactor(each.id, "passkey", each.name, each.created_at, each.last_used_at)
        for each in there.passkeys
    ]
    is_ordered = account.deletion_actor_id is not None
    return AccountView(
        id=account.id,
        version=account.version,
        username=account.username,
        display_name=account.display_name or account.username,
        address=email.address if email else None,
        address_verified_at=email.verified_at if email else None,
        pending_address=claim.address if claim else None,
        state="deleted" if is_ordered else state_of(account),
        roles=account.role_names,
        created_at=account.created_at,
        last_signed_in_at=account.last_signed_in_at,
        password_changed_at=account.password_changed_at,
        password_voided_at=account.password_voided_at,
        locked_at=account.locked_at,
        locked_until=account.locked_until,
        lock_reason=account.lock_reason,
        deletion_due_at=account.deletion_due_at,
        is_deletion_ordered=is_ordered,
        deleted_by=_name_of(account.deletion_actor_id),
        is_last_administrator=accounts.is_last_administrator(account),
        lacks_required_factor=account.lacks_required_factor,
        factors=shown,
        recovery_codes=there.codes_left,
    )


def open_sessions_of(account: Account) -> list[OpenSession]:
    """The account's sessions that would be accepted now, latest use first."""
    return [
        OpenSession(
            each.id,
            each.device,
            each.address,
            methods_in_words(each.methods),
            each.created_at,
            each.last_active_at,
            *limits_of(each, is_administrator=account.has_administration),
            each.key_thumbprint is not None,
        )
        for each in sessions.list_sessions(account)
    ]


def _name_of(account_id: str | None) -> str | None:
    if account_id is None:
        return None
    try:
        return accounts.get_account(account_id).display_name
    except AccountNotFound:
        return "a deleted account"
