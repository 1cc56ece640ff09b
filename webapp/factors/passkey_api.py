"""Adding a passkey, for a person's own front end. Names and removal are those of every factor: see api."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from webapp.access.guards import bearer
from webapp.access.visitor import caller
from webapp.core.errors import InvalidInput
from webapp.factors import passkey_enrolment as enrolment
from webapp.factors.api import PasskeyAnswer, passkey_answer
from webapp.factors.errors import TooManyFactors
from webapp.factors.passkey_errors import PasskeyAddedAlready, PasskeyNotAdded
from webapp.infra.throttle import TooManyAttempts
from webapp.sessions.errors import ProofNeeded
from webapp.web.json_bodies import JsonBody
from webapp.web.limits import auth_view
from webapp.web.versions import Api

api = Api("passkeys")


class CreationAnswer(BaseModel):
    """PublicKeyCredentialCreationOptionsJSON (Web Authentication Level 3, section 5.1.8), good for five minutes."""

    options: dict[str, Any]


class CreatedBody(JsonBody):
    """RegistrationResponseJSON of the browser, and how the passkey is to be called: as the device is, if left out."""

    credential: dict[str, Any]
    name: str | None = Field(default=None, max_length=400)


class AddedAnswer(BaseModel):
    """The passkey, and ten recovery codes, shown this once, when it is the account's first factor."""

    passkey: PasskeyAnswer
    recovery_codes: list[str] | None


@api.add(
    "POST",
    "/factors/passkeys/options",
    access=bearer(),
    answers={200: CreationAnswer},
    problems=(ProofNeeded, TooManyFactors, TooManyAttempts),
    limits=auth_view,
)
def begin_passkey() -> CreationAnswer:
    """What the browser needs to make a passkey. Needs a fresh proof."""
    return CreationAnswer(options=enrolment.begin_passkey(caller()))


@api.add(
    "POST",
    "/factors/passkeys",
    access=bearer(),
    accepts=CreatedBody,
    answers={201: AddedAnswer},
    problems=(
        ProofNeeded,
        PasskeyNotAdded,
        PasskeyAddedAlready,
        TooManyFactors,
        TooManyAttempts,
        InvalidInput,
    ),
    limits=auth_view,
)
def add_passkey(body: CreatedBody) -> AddedAnswer:
    """Keep the passkey that the browser made. The first factor ends every other session. Needs a fresh proof."""
    passkey, codes = enrolment.add_passkey(caller(), body.credential, body.name)
    return AddedAnswer(passkey=passkey_answer(passkey), recovery_codes=None if codes is None else list(codes))
