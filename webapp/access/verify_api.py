"""Verification for other services: reverse proxies ask before they let a call through, services about a token."""

from __future__ import annotations

from flask import Response, g, make_response
from pydantic import BaseModel, Field

from webapp.access.forwarded import auth_headers, wanted_scopes
from webapp.access.guards import CLIENT, FORWARDED
from webapp.access.visitor import caller
from webapp.core.errors import InvalidInput
from webapp.tokens.errors import InsufficientScope, InvalidToken
from webapp.tokens.introspection import find_active
from webapp.web.json_bodies import JsonBody
from webapp.web.limits import not_by_address
from webapp.web.versions import Api

api = Api("verify")


class VerifyBody(JsonBody):
    """A token that a service received, and the scopes it must have."""

    token: str
    scope: str = Field(default="", max_length=2000)


class VerifiedUser(BaseModel):
    """Whom a token speaks for."""

    id: str
    username: str


class VerifiedAnswer(BaseModel):
    """A token that is accepted now, with the scopes its account still holds; `exp` in seconds since the epoch."""

    user: VerifiedUser
    scope: str
    exp: int


@api.add(
    "GET",
    "/verify",
    access=FORWARDED,
    query={
        "scope": "Every scope that is needed, separated by spaces or commas; it may stand there several times."
    },
    answers={204: None},
    problems=(InvalidInput,),
    limits=not_by_address,
)
def verify_call() -> Response:
    """For reverse proxies: whether a call may pass, and whose it is, in headers."""
    answer = make_response("", 204, auth_headers(caller()))
    del answer.headers["Content-Type"]
    return answer


@api.add(
    "POST",
    "/verify",
    access=CLIENT,
    accepts=VerifyBody,
    answers={200: VerifiedAnswer},
    problems=(InvalidToken, InsufficientScope),
    limits=not_by_address,
    writes_late=True,
)
def verify_token(body: VerifyBody) -> VerifiedAnswer:
    """For services: whom a token of the client's audience speaks for, if it is accepted now and has every scope."""
    wanted = wanted_scopes(body.scope)
    found = find_active(body.token, g.client.audience)
    # Whoever shows a bound token has to prove its key, and here nobody does: introspection tells which key.
    if found is None or found.claims.key_thumbprint is not None:
        raise InvalidToken
    if not wanted <= found.scopes:
        raise InsufficientScope(scope=" ".join(sorted(wanted)))
    user = VerifiedUser(id=found.standing.account_id, username=found.standing.username)
    return VerifiedAnswer(user=user, scope=" ".join(sorted(found.scopes)), exp=found.claims.expires_at)
