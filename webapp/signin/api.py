"""Signing in, renewing and signing out for programs and scripts."""

from __future__ import annotations

from flask import Response, g, make_response, request
from pydantic import BaseModel, Field, SecretStr

from webapp.access.guards import PUBLIC_API, REFRESH_COOKIE, REFRESH_COOKIE_ALONE
from webapp.access.page_session import brought_session_id, keep_page_session
from webapp.access.refresh_cookie import require_refresh_cookie
from webapp.access.sender import read_authorization, require_proof
from webapp.access.visitor import brought_session_ids, require_bearer
from webapp.accounts.errors import AccountLocked, AddressUnverified
from webapp.accounts.password_errors import PasswordWorkBusy
from webapp.config import current_settings
from webapp.core.errors import Problem
from webapp.core.parts import part
from webapp.factors.errors import FactorRefused
from webapp.infra.throttle import Throttle
from webapp.sessions import service as sessions
from webapp.sessions.errors import SessionEnded
from webapp.signin.answers import (
    BoundTokenAnswer,
    TokenAnswer,
    answer_sign_in,
    answer_token,
    device_of_request,
    drop_sign_in,
    put_refresh_cookies,
    sending_letter_again,
)
from webapp.signin.errors import InvalidCredentials, MfaRequired, PasswordVoided, SecondStepOver
from webapp.signin.flow import sign_in, sign_out
from webapp.signin.pending import FactorDue
from webapp.signin.second_step import finish_with_code
from webapp.tokens import refresh, services
from webapp.tokens.access import verify_access_token
from webapp.tokens.errors import (
    CsrfFailed,
    InvalidDpopProof,
    InvalidTarget,
    RefreshRetry,
    RefreshTokenMissing,
    RefreshTokenReused,
)
from webapp.tokens.refresh_tokens import RefreshSecrets
from webapp.web import cookies
from webapp.web.json_bodies import JsonBody
from webapp.web.limits import auth_view, not_by_address, spare_attempt
from webapp.web.versions import Api, binds_senders

api = Api("signin")


class LoginBody(JsonBody):
    """A username or an address, and the password."""

    username: str = Field(max_length=254)
    password: SecretStr = Field(max_length=1000)
    # The code of an authenticator app, or a recovery code.
    mfaCode: SecretStr | None = Field(default=None, max_length=60)  # noqa: N815 - the name in the contract


class SecondStepBody(JsonBody):
    """What `mfa_required` gave, and a code."""

    mfa_token: SecretStr = Field(max_length=64)
    code: SecretStr = Field(max_length=60)


class RefreshBody(JsonBody):
    """For whom the access token is to be: a registered service's audience; this application where it is left out.

    Neither null nor "" is left out: a page that lost the name would hand a service our own token.
    """

    audience: str = Field(default_factory=str, min_length=1, max_length=200)


class CsrfAnswer(BaseModel):
    """One value for as long as the session lasts."""

    csrf_token: str


@api.add(
    "POST",
    "/login",
    access=PUBLIC_API,
    accepts=LoginBody,
    answers={200: TokenAnswer},
    bound_answers={200: BoundTokenAnswer},
    problems=(
        InvalidCredentials,
        MfaRequired,
        FactorRefused,
        PasswordVoided,
        AccountLocked,
        AddressUnverified,
        PasswordWorkBusy,
    ),
    limits=auth_view,
    writes_late=True,
)
def login(body: LoginBody) -> Response:
    """Sign in; the access token is in the answer, the refresh token in a cookie.

    With a second factor due, give its code along as `mfaCode`, or go on at `login/mfa` within ten minutes.
    """
    proof = require_proof() if binds_senders() else None
    with sending_letter_again():
        outcome = sign_in(
            body.username,
            body.password.get_secret_value(),
            device=device_of_request(),
            brought_session_ids=brought_session_ids(),
            code=body.mfaCode.get_secret_value() if body.mfaCode is not None else None,
            is_page=False,
        )
    if isinstance(outcome, FactorDue):
        # A right step that only needs another: it must not use up anybody's attempts.
        spare_attempt()
        raise MfaRequired(mfa_token=outcome.token, methods=list(outcome.methods))
    return answer_sign_in(outcome, proof)


@api.add(
    "POST",
    "/login/mfa",
    access=PUBLIC_API,
    accepts=SecondStepBody,
    answers={200: TokenAnswer},
    bound_answers={200: BoundTokenAnswer},
    problems=(SecondStepOver, FactorRefused, AccountLocked, AddressUnverified),
    limits=auth_view,
)
def finish_login(body: SecondStepBody) -> Response:
    """Finish signing in with a code from an authenticator app, or a recovery code."""
    proof = require_proof() if binds_senders() else None
    with sending_letter_again():
        signed_in = finish_with_code(
            body.mfa_token.get_secret_value(),
            body.code.get_secret_value(),
            device=device_of_request(),
            is_page=False,
            brought_session_ids=brought_session_ids(),
        )
    return answer_sign_in(signed_in, proof)


@api.add(
    "POST",
    "/refresh",
    access=REFRESH_COOKIE,
    accepts=RefreshBody,
    body_optional=True,
    answers={200: TokenAnswer},
    bound_answers={200: BoundTokenAnswer},
    problems=(InvalidTarget, RefreshRetry, RefreshTokenReused, SessionEnded, InvalidDpopProof),
    limits=not_by_address,
    writes_late=True,
)
def renew(body: RefreshBody) -> Response:
    """Renew the access token by the refresh cookie; the cookie is replaced when the chain moves on."""
    claims = g.refresh_claims
    part(Throttle).count("refresh", claims.session_id, current_settings().limit_refresh_per_session)
    proof = require_proof() if binds_senders() else None
    # Asked first: a renewal that is refused for its audience moves no chain.
    service = services.require_target(body.audience or None)
    refreshed = refresh.refresh(claims, proof)
    token = refreshed.access_token
    if service is not None:
        token = services.issue_service_token(service, refreshed.standing, refreshed.chain)
    response = answer_token(token, is_bound=proof is not None and service is None)
    if refreshed.moves_cookie:
        put_refresh_cookies(response, refreshed.chain)
        keep_page_session(claims.session_id)
    return response


@api.add("GET", "/csrf", access=REFRESH_COOKIE_ALONE, answers={200: CsrfAnswer})
def csrf() -> CsrfAnswer:
    """The value to send as X-CSRF-TOKEN, for pages of listed origins: they cannot read its cookie."""
    return CsrfAnswer(csrf_token=part(RefreshSecrets).csrf_value(g.refresh_claims.session_id))


@api.add("POST", "/logout", access=PUBLIC_API, answers={204: None}, problems=(CsrfFailed,))
def logout() -> Response:
    """End the session of the access token or of the refresh cookie. Repeating it is harmless."""
    session_id = _session_to_end()
    if session_id is not None:
        sign_out([session_id])
    response = make_response("", 204)
    drop_sign_in(response, page=session_id is not None and session_id == brought_session_id())
    return response


def _session_to_end() -> str | None:
    """Whose sign-out this is: any authentic refresh token counts, spent or expired. None is signed out already."""
    if request.headers.get("Authorization"):
        try:
            return _session_of_token()
        except Problem:
            if cookies.REFRESH not in request.cookies:
                return None
    try:
        return require_refresh_cookie().session_id
    except RefreshTokenMissing:
        return None


def _session_of_token() -> str:
    """The session of the access token. A proof is not asked for: a person who lost their key can still sign out."""
    if not binds_senders():
        return require_bearer(None).session.id
    _, text = read_authorization()
    return sessions.require_standing(verify_access_token(text).session_id).session.id
