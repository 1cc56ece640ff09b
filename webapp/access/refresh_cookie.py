"""The refresh cookie: read by two endpoints only, and never without the page's own CSRF value."""

from __future__ import annotations

from flask import request
from flask_jwt_extended import decode_token, verify_jwt_in_request
from flask_jwt_extended.exceptions import CSRFError, JWTExtendedException
from jwt import ExpiredSignatureError, PyJWTError

from webapp.tokens.errors import CsrfFailed, RefreshTokenMissing
from webapp.tokens.refresh_tokens import RefreshClaims, verify_refresh_token
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
    except ExpiredSignatureError:
        _require_csrf_of_expired(text)
    except (JWTExtendedException, PyJWTError):
        raise RefreshTokenMissing from None
    return claims


def _require_csrf_of_expired(text: str) -> None:
    """An expired token still signs out, and still learns why its session ended; its CSRF value counts as before."""
    value = request.headers.get(CSRF_HEADER)
    if not value:
        raise CsrfFailed
    try:
        decode_token(text, csrf_value=value, allow_expired=True)
    except CSRFError:
        raise CsrfFailed from None
    except (JWTExtendedException, PyJWTError):
        raise RefreshTokenMissing from None
