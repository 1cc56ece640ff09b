"""What services ask about the tokens they receive: introspection (RFC 7662) and revocation (RFC 7009)."""

from __future__ import annotations

from flask import Response, g, jsonify, make_response
from pydantic import BaseModel, Field

from webapp.access.guards import CLIENT
from webapp.tokens.introspection import describe, find_active, revoke_presented
from webapp.web.form_bodies import FormBody
from webapp.web.limits import not_by_address
from webapp.web.versions import Api

api = Api("tokens")


class TokenBody(FormBody):
    """A token that a service received. The hint is not needed: there is one kind that services receive."""

    token: str
    token_type_hint: str = Field(default_factory=str)


class KeyConfirmation(BaseModel):
    """The key that a bound token can be used with alone: its thumbprint (RFC 9449, section 6.2)."""

    jkt: str


class IntrospectionAnswer(BaseModel):
    """A token that is accepted now; for any other, `active` is false and nothing else is said."""

    active: bool
    scope: str | None = None
    client_id: str | None = None
    username: str | None = None
    token_type: str | None = None
    exp: int | None = None
    iat: int | None = None
    nbf: int | None = None
    sub: str | None = None
    aud: str | None = None
    iss: str | None = None
    jti: str | None = None
    sid: str | None = None
    auth_time: int | None = None
    amr: list[str] | None = None
    cnf: KeyConfirmation | None = None


@api.add(
    "POST",
    "/introspect",
    access=CLIENT,
    accepts=TokenBody,
    answers={200: IntrospectionAnswer},
    limits=not_by_address,
    writes_late=True,
)
def introspect(body: TokenBody) -> Response:
    """Whether a token of the client's audience is accepted now, and whom it speaks for."""
    found = find_active(body.token, g.client.audience)
    # Headers make it private: no cache may keep what a later revocation would belie (RFC 7662, section 4).
    return jsonify({"active": False} if found is None else describe(found))


@api.add(
    "POST",
    "/revoke",
    access=CLIENT,
    accepts=TokenBody,
    answers={200: None},
    limits=not_by_address,
    writes_late=True,
)
def revoke(body: TokenBody) -> Response:
    """Make a token of the client's audience worthless at once. Any other token is passed over."""
    revoke_presented(body.token, g.client)
    response = make_response("", 200)
    del response.headers["Content-Type"]
    return response
