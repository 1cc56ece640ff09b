"""The device cookie: a signed note that this browser has signed certain accounts in before.

It opens nothing. It gives its accounts a lane of their own, so that guessing elsewhere cannot lock the owner out.
"""

from __future__ import annotations

from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer

from webapp.config import current_settings
from webapp.core.opaque import new_id
from webapp.infra.sealing import derive_key

_MOST_ACCOUNTS = 8
_LONGEST = 1024


@dataclass(frozen=True, slots=True)
class Device:
    """A browser, and the accounts that have signed in with it, latest last."""

    id: str
    account_ids: tuple[str, ...] = ()

    def knows(self, account_id: str) -> bool:
        """Whether this account has signed in here before."""
        return account_id in self.account_ids

    def with_account(self, account_id: str) -> Device:
        """The same device after that account signed in."""
        others = [each for each in self.account_ids if each != account_id]
        return Device(self.id, (*others[-(_MOST_ACCOUNTS - 1) :], account_id))


def read_device(text: str | None) -> Device:
    """The device a cookie speaks of; a new one for a missing, foreign or changed cookie."""
    for serializer in _serializers():
        try:
            found = serializer.loads(text) if text and len(text) <= _LONGEST else None
        except BadData:
            continue
        if isinstance(found, list) and found and all(isinstance(each, str) for each in found):
            return Device(found[0], tuple(found[1:]))
    return Device(new_id())


def write_device(device: Device) -> str:
    """The cookie's value."""
    return str(_serializers()[0].dumps([device.id, *device.account_ids]))


def _serializers() -> list[URLSafeSerializer]:
    settings = current_settings()
    secrets = [settings.secret_key, *settings.secret_key_fallbacks]
    keys = [derive_key(each.get_secret_value(), "device cookie") for each in secrets]
    return [URLSafeSerializer(key, salt="device", signer_kwargs={"key_derivation": "hmac"}) for key in keys]
