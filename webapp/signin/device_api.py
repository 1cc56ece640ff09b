"""The devices that a person's account is known on, for their front end."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from webapp.access.guards import bearer
from webapp.access.visitor import caller
from webapp.signin import known_devices
from webapp.signin.answers import device_of_request
from webapp.signin.errors import DeviceNotFound
from webapp.web.versions import Api

api = Api("devices")


class DeviceAnswer(BaseModel):
    """A browser that has signed in. While it is trusted, the password alone signs in there."""

    id: str
    device: str
    address: str
    first_seen_at: datetime
    last_seen_at: datetime
    trusted_until: datetime | None
    current: bool


class DeviceList(BaseModel):
    """The known devices, latest use first."""

    devices: list[DeviceAnswer]


@api.add("GET", "/devices", access=bearer(), answers={200: DeviceList})
def list_devices() -> DeviceList:
    """Where this person has signed in before."""
    return DeviceList(
        devices=[
            DeviceAnswer(
                id=each.id,
                device=each.device,
                address=each.address,
                first_seen_at=each.first_seen_at,
                last_seen_at=each.last_seen_at,
                trusted_until=each.trusted_until,
                current=each.is_current,
            )
            for each in known_devices.list_devices(caller().account, device_of_request())
        ]
    )


@api.add("DELETE", "/devices/<device_id>", access=bearer(), answers={204: None}, problems=(DeviceNotFound,))
def forget_device(device_id: str) -> None:
    """Forget a device: the next sign-in there is one on a new device, and asks for the second factor."""
    known_devices.forget_device(caller().account, device_id)


@api.add(
    "DELETE", "/devices/<device_id>/trust", access=bearer(), answers={204: None}, problems=(DeviceNotFound,)
)
def end_trust(device_id: str) -> None:
    """Ask for the second factor again on a device, which stays known."""
    known_devices.end_device_trust(caller().account, device_id)
