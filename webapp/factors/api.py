"""A person's second factors, for their front end. Passkeys are added by passkey_api."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from webapp.access.guards import bearer
from webapp.access.visitor import caller
from webapp.core.errors import InvalidInput
from webapp.factors import enrolment, service
from webapp.factors.errors import (
    EnrolmentExpired,
    FactorNotFound,
    LastRequiredFactor,
    NoSecondFactor,
    TooManyFactors,
)
from webapp.infra.throttle import TooManyAttempts
from webapp.sessions.errors import ProofNeeded
from webapp.web.json_bodies import JsonBody
from webapp.web.limits import auth_view
from webapp.web.versions import Api

if TYPE_CHECKING:
    from webapp.factors.models import Passkey

api = Api("factors")


class AppAnswer(BaseModel):
    """An authenticator app."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


class PasskeyAnswer(AppAnswer):
    """A passkey; `synced` when a provider keeps it on several devices."""

    synced: bool


class CodesLeftAnswer(BaseModel):
    """How many recovery codes are unused. They cannot be shown again."""

    left: int
    made_at: datetime | None


class FactorsAnswer(BaseModel):
    """Everything beside the password; `required` when a role held asks for a second factor."""

    totp: list[AppAnswer]
    passkeys: list[PasskeyAnswer]
    recovery_codes: CodesLeftAnswer
    required: bool


class QrAnswer(BaseModel):
    """A QR code: `path` is the data of one SVG path in a square of `size`, quiet zone included."""

    size: int
    path: str


class EnrolmentAnswer(BaseModel):
    """A new secret, for the app alone: in base32, as an address, and as a picture of it."""

    id: str
    name: str
    secret: str
    otpauth_uri: str
    qr: QrAnswer


class CodesAnswer(BaseModel):
    """Ten recovery codes, shown this once; null when the account has had its own since its first factor."""

    recovery_codes: list[str] | None


class NameAnswer(BaseModel):
    """A factor as it is called now."""

    id: str
    name: str


class AppBody(JsonBody):
    """How the app is to be called; "Authenticator app" where it is left out."""

    name: str | None = Field(default=None, max_length=400)


class CodeBody(JsonBody):
    """What the app shows now."""

    code: str = Field(max_length=60)


class NameBody(JsonBody):
    """Another name."""

    name: str = Field(max_length=400)


@api.add("GET", "/factors", access=bearer(), answers={200: FactorsAnswer})
def list_factors() -> FactorsAnswer:
    """The second factors of this person."""
    account = caller().account
    found = service.list_factors(account.id)
    return FactorsAnswer(
        totp=[
            AppAnswer(id=each.id, name=each.name, created_at=each.created_at, last_used_at=each.last_used_at)
            for each in found.totp
        ],
        passkeys=[passkey_answer(each) for each in found.passkeys],
        recovery_codes=CodesLeftAnswer(left=found.codes_left, made_at=found.codes_made_at),
        required=service.is_required_of(account),
    )


@api.add(
    "POST",
    "/factors/totp",
    access=bearer(),
    accepts=AppBody,
    body_optional=True,
    answers={201: EnrolmentAnswer},
    problems=(ProofNeeded, InvalidInput, TooManyFactors, TooManyAttempts),
)
def begin_app(body: AppBody) -> EnrolmentAnswer:
    """Begin to set up an authenticator app. Needs a fresh proof; nothing counts until a code is confirmed."""
    begun = enrolment.begin_app(caller(), body.name)
    return EnrolmentAnswer(
        id=begun.id,
        name=begun.name,
        secret=begun.secret,
        otpauth_uri=begun.otpauth_uri,
        qr=QrAnswer(size=begun.qr.size, path=begun.qr.path),
    )


@api.add(
    "POST",
    "/factors/totp/<factor_id>/confirm",
    access=bearer(),
    accepts=CodeBody,
    answers={200: CodesAnswer},
    problems=(ProofNeeded, FactorNotFound, EnrolmentExpired, InvalidInput, TooManyAttempts),
    limits=auth_view,
)
def confirm_app(factor_id: str, body: CodeBody) -> CodesAnswer:
    """Put the app in force with the code it shows; a first factor ends every other session. Needs a fresh proof."""
    return _codes(enrolment.confirm_app(caller(), factor_id, body.code))


@api.add(
    "POST",
    "/factors/recovery-codes",
    access=bearer(),
    answers={201: CodesAnswer},
    problems=(ProofNeeded, NoSecondFactor, TooManyAttempts),
)
def make_recovery_codes() -> CodesAnswer:
    """Ten new recovery codes in place of all earlier ones. Needs a fresh proof."""
    return _codes(service.replace_recovery_codes(caller()))


@api.add(
    "PATCH",
    "/factors/<factor_id>",
    access=bearer(),
    accepts=NameBody,
    answers={200: NameAnswer},
    problems=(ProofNeeded, FactorNotFound, InvalidInput),
)
def rename_factor(factor_id: str, body: NameBody) -> NameAnswer:
    """Call a factor by another name. Needs a fresh proof."""
    renamed = service.rename_factor(caller(), factor_id, body.name)
    return NameAnswer(id=renamed.id, name=renamed.name)


@api.add(
    "DELETE",
    "/factors/<factor_id>",
    access=bearer(),
    answers={204: None},
    problems=(ProofNeeded, FactorNotFound, LastRequiredFactor),
)
def remove_factor(factor_id: str) -> None:
    """Take a factor away; every other session ends, and with the last factor the codes go. Needs a fresh proof."""
    service.remove_factor(caller(), factor_id)


def passkey_answer(passkey: Passkey) -> PasskeyAnswer:
    """A passkey as every answer shows it."""
    return PasskeyAnswer(
        id=passkey.id,
        name=passkey.name,
        synced=passkey.is_synced,
        created_at=passkey.created_at,
        last_used_at=passkey.last_used_at,
    )


def _codes(codes: tuple[str, ...] | None) -> CodesAnswer:
    return CodesAnswer(recovery_codes=None if codes is None else list(codes))
