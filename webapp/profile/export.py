"""A copy of what is kept about a person, for that person: everything but secrets and what stands for them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel

from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.factors.service import list_factors
from webapp.infra.audit import record_event
from webapp.infra.database import begin_writing
from webapp.profile import store
from webapp.profile.activity import latest_activity
from webapp.recovery.not_me import list_factors_to_review
from webapp.sessions import service as sessions
from webapp.sessions.history import list_ended_sessions
from webapp.sessions.proof import require_fresh_proof
from webapp.signin.devices import Device
from webapp.signin.known_devices import list_devices

if TYPE_CHECKING:
    from webapp.sessions.service import Standing

# A file that a person can open, made in the memory of a request.
MOST_EVENTS: Final = 10_000
_MOST_ENDED: Final = 1_000


class AddressCopy(BaseModel):
    """An address in use, to be verified, or given up and kept for a while."""

    address: str
    state: Literal["verified", "unverified", "replaced"]
    since: datetime
    kept_until: datetime | None = None


class AccountCopy(BaseModel):
    """The account's own record."""

    id: str
    username: str
    display_name: str
    created_at: datetime
    last_signed_in_at: datetime | None
    password_changed_at: datetime | None
    second_factor_since: datetime | None
    is_locked: bool
    deletion_due_at: datetime | None


class SessionCopy(BaseModel):
    """One sign-in, open or over; those that ended more than 90 days ago are kept no longer."""

    id: str
    device: str
    address: str
    methods: list[str] | None
    created_at: datetime
    last_active_at: datetime | None
    ended_at: datetime | None
    end_cause: str | None


class DeviceCopy(BaseModel):
    """A browser that has signed in."""

    device: str
    address: str
    first_seen_at: datetime
    last_seen_at: datetime
    trusted_until: datetime | None


class FactorCopy(BaseModel):
    """An authenticator app or a passkey, without its secret or key."""

    id: str
    kind: Literal["totp", "passkey"]
    name: str
    created_at: datetime
    last_used_at: datetime | None


class RecoveryCodesCopy(BaseModel):
    """How many recovery codes are unused."""

    left: int
    made_at: datetime | None


class EventCopy(BaseModel):
    """One thing that happened."""

    at: datetime
    name: str
    sentence: str
    device: str | None
    address: str | None


class Export(BaseModel):
    """The whole file. `note` says what is left out."""

    exported_at: datetime
    note: str
    account: AccountCopy
    addresses: list[AddressCopy]
    roles: list[str]
    sessions: list[SessionCopy]
    devices: list[DeviceCopy]
    second_factors: list[FactorCopy]
    recovery_codes: RecoveryCodesCopy
    activity: list[EventCopy]


def export_data(standing: Standing) -> Export:
    """Collect it, and record that it was taken. Raises ProofNeeded."""
    require_fresh_proof(standing)
    account = standing.account
    happened, has_more = latest_activity(account.id, MOST_EVENTS)
    factors = list_factors(account.id)
    export = Export(
        exported_at=clock.now(),
        note=_note(has_more=has_more),
        account=AccountCopy(
            id=account.id,
            username=account.username,
            display_name=account.display_name,
            created_at=account.created_at,
            last_signed_in_at=account.last_signed_in_at,
            password_changed_at=account.password_changed_at,
            second_factor_since=account.second_factor_since,
            is_locked=account.is_locked,
            deletion_due_at=account.deletion_due_at,
        ),
        addresses=_addresses(standing),
        roles=account.role_names,
        sessions=_sessions(standing),
        devices=[
            DeviceCopy.model_validate(each, from_attributes=True)
            for each in list_devices(account, Device(""))
        ],
        second_factors=[
            FactorCopy.model_validate(each, from_attributes=True)
            for each in list_factors_to_review(account.id)
        ],
        recovery_codes=RecoveryCodesCopy(left=factors.codes_left, made_at=factors.codes_made_at),
        activity=[EventCopy.model_validate(each, from_attributes=True) for each in happened],
    )
    begin_writing()
    record_event(EventName.DATA_EXPORTED, account_id=account.id, session_id=standing.session_id)
    return export


def _note(*, has_more: bool) -> str:
    left_out = (
        f" Of your activity these are the latest {MOST_EVENTS:,} events; there are older ones."
        if has_more
        else ""
    )
    return (
        "Passwords, keys and codes are kept as digests or sealed, and are not part of this copy." + left_out
    )


def _addresses(standing: Standing) -> list[AddressCopy]:
    account = standing.account
    present = [
        AddressCopy(address=each.address, state="verified", since=each.verified_at)
        if each.verified_at
        else AddressCopy(address=each.address, state="unverified", since=each.created_at)
        for each in account.emails
    ]
    former = [
        AddressCopy(
            address=each.address, state="replaced", since=each.replaced_at, kept_until=each.kept_until
        )
        for each in store.list_former_addresses(account.id)
    ]
    return [*present, *former]


def _sessions(standing: Standing) -> list[SessionCopy]:
    account = standing.account
    present = [
        SessionCopy(
            id=each.id,
            device=each.device,
            address=each.address,
            methods=each.methods.split(),
            created_at=each.created_at,
            last_active_at=each.last_active_at,
            ended_at=None,
            end_cause=None,
        )
        for each in sessions.list_sessions(account)
    ]
    over = [
        SessionCopy(
            id=each.id,
            device=each.device,
            address=each.address,
            methods=None,
            created_at=each.created_at,
            last_active_at=None,
            ended_at=each.ended_at,
            end_cause=str(each.cause),
        )
        for each in list_ended_sessions(account.id, _MOST_ENDED)
    ]
    return [*present, *over]
