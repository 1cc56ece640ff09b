"""The refresh cookie: read by two endpoints only, and never without the page's own CSRF value."""

from __future__ import annotations

import hmac

from flask import request
from flask_jwt_extended import verify_jwt_in_request
from flask_jwt_extended.exceptions import CSRFError, JWTExtendedException
from jwt import ExpiredSignatureError, ImmatureSignatureError, PyJWTError

from webapp.core.parts import part
from webapp.tokens.errors import CsrfFailed, RefreshTokenMissing
from webapp.tokens.refresh_tokens import RefreshClaims, RefreshSecrets, verify_refresh_token
from webapp.web import cookies
from webapp.web.limits import count_address

CSRF_HEADER = "X-CSRF-TOKEN"


def require_refresh_cookie() -> RefreshClaims:
    """Which link of which chain the browser holds, be it spent or expired. Raises RefreshTokenMissing, CsrfFailed.

    Flask-JWT-Extended finds the cookie and compares the double-submitted value; what the token is worth is decided
    by the session row.
    """
    text = request.cookies.get(cookies.REFRESH, "")
    # Ours comes first: the library reads content before it verifies, and trusts its types.
    try:
        claims = verify_refresh_token(text)
    except RefreshTokenMissing:
        # Refreshing is limited by session; who has none is limited by address.
        count_address()
        raise
    if not request.headers.get(CSRF_HEADER, "").isascii():
        # The library's comparison in constant time fails on any other text.
        raise CsrfFailed
    try:
        verify_jwt_in_request(refresh=True, locations=["cookies"])
    except CSRFError:
        raise CsrfFailed from None
    except (ExpiredSignatureError, ImmatureSignatureError):
        _require_csrf(claims)
    except (JWTExtendedException, PyJWTError):
        raise RefreshTokenMissing from None
    return claims


def _require_csrf(claims: RefreshClaims) -> None:
    """Of a token that is authentic at another time than ours, at which the library compares nothing.

    An expired one still signs out, and still learns why its session ended. One from the future was issued before a
    clock was set back, or by a node whose clock is ahead: the counter decides, and nobody is signed out by that.
    """
    expected = part(RefreshSecrets).csrf_value(claims.session_id)
    if not hmac.compare_digest(expected, request.headers.get(CSRF_HEADER, "")):
        raise CsrfFailed
