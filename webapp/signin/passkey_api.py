"""Signing in with a passkey alone, for programs and scripts."""

from __future__ import annotations

from typing import Any

from flask import Response
from pydantic import BaseModel, Field, SecretStr

from webapp.access.guards import PUBLIC_API
from webapp.access.sender import require_proof
from webapp.access.visitor import brought_session_ids
from webapp.accounts.errors import AccountLocked, AddressUnverified
from webapp.core.opaque import digest_of, new_opaque_token
from webapp.factors.passkey_errors import PasskeyRefused
from webapp.factors.passkeys import assertion_options
from webapp.signin.answers import (
    BoundTokenAnswer,
    TokenAnswer,
    answer_sign_in,
    device_of_request,
    sending_letter_again,
)
from webapp.signin.errors import PasskeySetAside, PasswordVoided
from webapp.signin.passkey_flow import sign_in_with_passkey
from webapp.web.json_bodies import JsonBody
from webapp.web.limits import auth_view
from webapp.web.versions import Api, binds_senders

api = Api("passkey_sign_in")


class RequestAnswer(BaseModel):
    """PublicKeyCredentialRequestOptionsJSON (Web Authentication Level 3, section 5.1.9), good for five minutes.

    `ceremony` has to come back with the passkey's answer.
    """

    options: dict[str, Any]
    ceremony: str


class PasskeyBody(JsonBody):
    """AuthenticationResponseJSON of the browser, and the ceremony that it answers."""

    credential: dict[str, Any]
    ceremony: SecretStr = Field(max_length=64)


@api.add(
    "POST",
    "/login/passkey/options",
    access=PUBLIC_API,
    answers={200: RequestAnswer},
    limits=auth_view,
)
def begin_passkey() -> RequestAnswer:
    """What the browser asks its passkeys with. The person chooses among theirs; no name is needed."""
    ceremony = new_opaque_token()
    options = assertion_options("sign_in", account_id=None, bound_to=_name_of(ceremony))
    return RequestAnswer(options=options, ceremony=ceremony)


@api.add(
    "POST",
    "/login/passkey",
    access=PUBLIC_API,
    accepts=PasskeyBody,
    answers={200: TokenAnswer},
    bound_answers={200: BoundTokenAnswer},
    problems=(PasskeyRefused, PasswordVoided, PasskeySetAside, AccountLocked, AddressUnverified),
    limits=auth_view,
)
def login_with_passkey(body: PasskeyBody) -> Response:
    """Sign in by a passkey, which is both factors; the refresh token is in a cookie."""
    proof = require_proof() if binds_senders() else None
    with sending_letter_again():
        signed_in = sign_in_with_passkey(
            body.credential,
            bound_to=_name_of(body.ceremony.get_secret_value()),
            device=device_of_request(),
            brought_session_ids=brought_session_ids(),
        )
    return answer_sign_in(signed_in, proof)


def _name_of(ceremony: str) -> str:
    """A ceremony as its challenge names it: who reads the database cannot send it back."""
    return digest_of(ceremony).hex()
