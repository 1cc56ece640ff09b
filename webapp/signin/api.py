"""Signing in, renewing and signing out for programs and scripts."""

from __future__ import annotations

from flask import Response, g, make_response, request
from pydantic import Field, SecretStr

from webapp.access.guards import PUBLIC_API, REFRESH_COOKIE
from webapp.access.page_session import brought_session_id, keep_page_session
from webapp.access.refresh_cookie import require_refresh_cookie
from webapp.access.visitor import brought_session_ids, require_bearer
from webapp.accounts.errors import AccountLocked, AddressUnverified
from webapp.accounts.password_errors import PasswordWorkBusy
from webapp.config import current_settings
from webapp.core.errors import Problem
from webapp.core.parts import part
from webapp.infra.throttle import Throttle
from webapp.sessions.errors import SessionEnded
from webapp.signin.answers import (
    TokenAnswer,
    answer_token,
    drop_sign_in,
    put_refresh_cookies,
    put_sign_in,
)
from webapp.signin.devices import read_device
from webapp.signin.errors import InvalidCredentials
from webapp.signin.flow import sign_in, sign_out
from webapp.tokens import refresh
from webapp.tokens.access import issue_access_token
from webapp.tokens.errors import CsrfFailed, RefreshRetry, RefreshTokenMissing, RefreshTokenReused
from webapp.web import cookies
from webapp.web.json_bodies import JsonBody
from webapp.web.limits import auth_view, not_by_address
from webapp.web.versions import Api

api = Api("signin")


class LoginBody(JsonBody):
    """A username or an address, and the password."""

    username: str = Field(max_length=254)
    password: SecretStr = Field(max_length=1000)


@api.add(
    "POST",
    "/login",
    access=PUBLIC_API,
    accepts=LoginBody,
    answers={200: TokenAnswer},
    problems=(InvalidCredentials, AccountLocked, AddressUnverified, PasswordWorkBusy),
    limits=auth_view,
    writes_late=True,
)
def login(body: LoginBody) -> Response:
    """Sign in; the access token is in the answer, the refresh token in a cookie."""
    signed_in = sign_in(
        body.username,
        body.password.get_secret_value(),
        device=read_device(request.cookies.get(cookies.DEVICE)),
        brought_session_ids=brought_session_ids(),
    )
    standing = signed_in.standing
    token = issue_access_token(standing.session, standing.scopes, counter=standing.session.counter)
    response = answer_token(token)
    put_sign_in(response, signed_in, page=brought_session_id() is not None)
    return response


@api.add(
    "POST",
    "/refresh",
    access=REFRESH_COOKIE,
    answers={200: TokenAnswer},
    problems=(RefreshRetry, RefreshTokenReused, SessionEnded),
    limits=not_by_address,
    writes_late=True,
)
def renew() -> Response:
    """Renew the access token by the refresh cookie; the cookie is replaced when the chain moves on."""
    claims = g.refresh_claims
    part(Throttle).count("refresh", claims.session_id, current_settings().limit_refresh_per_session)
    refreshed = refresh.refresh(claims)
    response = answer_token(refreshed.access_token)
    if refreshed.moves_cookie:
        put_refresh_cookies(response, refreshed.standing.session)
        keep_page_session(claims.session_id)
    return response


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
            return require_bearer(None).session.id
        except Problem:
            if cookies.REFRESH not in request.cookies:
                return None
    try:
        return require_refresh_cookie().session_id
    except RefreshTokenMissing:
        return None
