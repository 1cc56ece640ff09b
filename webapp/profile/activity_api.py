"""What happened to a person's account, for their front end; and This wasn't me, from within."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from flask import request
from pydantic import BaseModel, Field, SecretStr

from webapp.access.guards import bearer
from webapp.access.visitor import caller
from webapp.accounts.password_errors import PasswordWorkBusy, UnacceptablePassword
from webapp.core.paging import Cursor
from webapp.profile.activity import page_of_activity
from webapp.recovery.not_me import secure_own_account
from webapp.sessions.errors import ProofNeeded
from webapp.signin.devices import read_device
from webapp.web import cookies
from webapp.web.json_bodies import JsonBody
from webapp.web.limits import auth_view
from webapp.web.versions import Api

api = Api("activity")


class EventAnswer(BaseModel):
    """One thing that happened. Device and address are null where somebody else did it."""

    id: str
    at: datetime
    name: str
    sentence: str
    device: str | None
    address: str | None
    kind: Literal["good", "info", "warning"]


class ActivityAnswer(BaseModel):
    """The latest first; `next` is the cursor of what is older, null at the end."""

    events: list[EventAnswer]
    next: str | None


class NotMeBody(JsonBody):
    """The new password."""

    password: SecretStr = Field(max_length=1000)


class FactorAnswer(BaseModel):
    """A second factor that is still there."""

    id: str
    kind: Literal["totp", "passkey"]
    name: str
    created_at: datetime
    last_used_at: datetime | None


class SecuredAnswer(BaseModel):
    """How many sessions ended, devices were forgotten and recovery codes voided, and the second factors to review."""

    sessions: int
    devices: int
    recovery_codes: int
    factors: list[FactorAnswer]


@api.add(
    "GET",
    "/activity",
    access=bearer(),
    query={"cursor": "What an earlier answer gave as `next`: goes on from there."},
    answers={200: ActivityAnswer},
)
def read_activity() -> ActivityAnswer:
    """What happened to the account, in sentences, latest first, a page at a time."""
    cursor = Cursor.read(request.args.get("cursor"), int)
    events, older = page_of_activity(caller().account_id, cursor)
    return ActivityAnswer(
        events=[
            EventAnswer(
                id=each.id,
                at=each.at,
                name=each.name,
                sentence=each.sentence,
                device=each.device,
                address=each.address,
                kind=each.kind,
            )
            for each in events
        ],
        next=older.write() if older else None,
    )


@api.add(
    "POST",
    "/not-me",
    access=bearer(),
    accepts=NotMeBody,
    answers={200: SecuredAnswer},
    problems=(ProofNeeded, UnacceptablePassword, PasswordWorkBusy),
    limits=auth_view,
    writes_late=True,
)
def send_not_me(body: NotMeBody) -> SecuredAnswer:
    """Secure the account: every other session, link and known device goes, and a new password is set at once."""
    device = read_device(request.cookies.get(cookies.DEVICE))
    secured = secure_own_account(caller(), body.password.get_secret_value(), device_id=device.id)
    return SecuredAnswer(
        sessions=secured.sessions,
        devices=secured.devices,
        recovery_codes=secured.recovery_codes,
        factors=[
            FactorAnswer(
                id=each.id,
                kind=each.kind,
                name=each.name,
                created_at=each.created_at,
                last_used_at=each.last_used_at,
            )
            for each in secured.factors
        ],
    )
