"""Known devices: browsers that have signed an account in, and those that it trusts instead of a second factor.

A browser is known while its cookie names the account and there is a row for it: a cookie of a device that was
forgotten is worth nothing, and so is a row without the cookie.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.core.limit import Limit
from webapp.core.opaque import digest_of
from webapp.core.origin import current_origin
from webapp.core.parts import part
from webapp.infra.audit import record_event
from webapp.infra.throttle import Throttle, TooManyAttempts
from webapp.sessions.devices import describe_device
from webapp.signin import device_store as store
from webapp.signin.errors import DeviceNotFound
from webapp.signin.mails import tell_of_new_device

if TYPE_CHECKING:
    from webapp.accounts.models import Account
    from webapp.signin.devices import Device
    from webapp.signin.models import KnownDevice

TRUST_LIFETIME: Final = timedelta(days=30)
UNSEEN_LIFETIME: Final = timedelta(days=365)
# More than anybody has; a script that keeps no cookies is a new device each time.
MOST_DEVICES: Final = 50
_LETTERS: Final = Limit(20, 86_400)


@dataclass(frozen=True, slots=True)
class SeenDevice:
    """A known device as its owner may see it. `id` names it, and is of no use as a cookie."""

    id: str
    device: str
    address: str
    first_seen_at: datetime
    last_seen_at: datetime
    trusted_until: datetime | None
    is_current: bool


def find_known(device: Device, account_id: str) -> KnownDevice | None:
    """What is remembered of this browser for an account; None for a stranger's."""
    return store.find_device(device.id, account_id) if device.knows(account_id) else None


def is_trusted(known: KnownDevice | None, account: Account) -> bool:
    """Whether this device needs no second factor after the password."""
    return known is not None and _trusted_until(known, account) is not None


def note_sign_in(account: Account, device: Device, *, is_expected: bool, trusts: bool = False) -> Device:
    """Know the browser in which this account has just signed in, and tell the owner of one not seen before.

    `is_expected`: the first sign-in of whoever made the account makes a device known and surprises nobody. Returns the
    device as its cookie is to name it.
    """
    name, address, moment = _here()
    if _know(account, device, name, address, moment) and not is_expected:
        detail = {"device": name, "address": address}
        record_event(EventName.DEVICE_FIRST_SEEN, account_id=account.id, detail=detail)
        # Whoever knows the password must not be able to fill the owner's mailbox.
        with suppress(TooManyAttempts):
            part(Throttle).count("device-letters", account.id, _LETTERS)
            tell_of_new_device(account, name, address, moment)
    if trusts:
        store.change_device(device.id, account.id, trusted_until=moment + TRUST_LIFETIME)
        record_event(EventName.DEVICE_TRUSTED, account_id=account.id, detail={"device": name})
    return device.with_account(account.id)


def make_known(account: Account, device: Device) -> Device:
    """Know the browser in which somebody has just shown to own the account, by a link that was sent to them.

    Not where there is a second factor: a known browser has tries at its codes of its own, beyond those of strangers,
    and whoever reads the mailbox would have as many as they ask for links. Returns the device for its cookie.
    """
    if account.second_factor_since is not None:
        return device
    _know(account, device, *_here())
    return device.with_account(account.id)


def list_devices(account: Account, device: Device) -> list[SeenDevice]:
    """The devices an account is known on, latest use first; `device` is the one that asks."""
    return [
        SeenDevice(
            _shown_id(each),
            each.device,
            each.address,
            each.first_seen_at,
            each.last_seen_at,
            _trusted_until(each, account),
            device.knows(account.id) and each.device_id == device.id,
        )
        for each in store.list_devices(account.id)
    ]


def forget_device(account: Account, shown_id: str) -> None:
    """Let a device be a stranger again, and trusted no more. Raises DeviceNotFound, also for somebody else's."""
    found = _get(account, shown_id)
    if not store.forget(account.id, [found.device_id]):
        raise DeviceNotFound
    record_event(EventName.DEVICE_FORGOTTEN, account_id=account.id, detail={"device": found.device})


def end_device_trust(account: Account, shown_id: str) -> None:
    """Ask for the second factor again on a device, which stays known; once more is harmless. Raises DeviceNotFound."""
    found = _get(account, shown_id)
    store.change_device(found.device_id, account.id, trusted_until=None)


def end_all_trust(account_id: str) -> None:
    """Ask for a second factor everywhere again: a change of the factors is as good as a new lock."""
    store.end_trust(account_id)


def forget_all_devices(account_id: str) -> int:
    """Let every device of an account be a stranger again; how many were known."""
    return store.forget(account_id)


def _know(account: Account, device: Device, name: str, address: str, moment: datetime) -> bool:
    """Write down that it was seen; whether it is new, and then the least used beyond so many are forgotten."""
    is_new = store.add_device(
        device_id=device.id,
        account_id=account.id,
        device=name,
        address=address,
        first_seen_at=moment,
        last_seen_at=moment,
        trusted_until=None,
    )
    if not is_new:
        store.change_device(device.id, account.id, device=name, address=address, last_seen_at=moment)
        return False
    for_excess = store.list_excess(account.id, MOST_DEVICES)
    if for_excess:
        store.forget(account.id, for_excess)
    return True


def _here() -> tuple[str, str, datetime]:
    origin = current_origin()
    return describe_device(origin.user_agent), origin.address[:45], clock.now()


def _get(account: Account, shown_id: str) -> KnownDevice:
    for each in store.list_devices(account.id):
        if _shown_id(each) == shown_id:
            return each
    raise DeviceNotFound


def _shown_id(known: KnownDevice) -> str:
    return digest_of(f"{known.account_id} {known.device_id}").hex()[:26]


def _trusted_until(known: KnownDevice, account: Account) -> datetime | None:
    """Until when it is trusted; not at all once the password or the first factor is newer than the trust."""
    until = known.trusted_until
    if until is None or until <= clock.now() or account.second_factor_since is None:
        return None
    newest = max(account.second_factor_since, account.password_changed_at or account.created_at)
    return until if until - TRUST_LIFETIME >= newest else None
