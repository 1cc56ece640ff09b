"""The refresh cookie: read by two endpoints only, and never without the page's own CSRF value."""

from __future__ import annotations

import hmac

from flask import request

from webapp.core import clock
from webapp.tokens.errors import CsrfFailed, RefreshTokenMissing
from webapp.tokens.refresh_tokens import RefreshClaims, verify_refresh_token
from webapp.tokens.verifier import LEEWAY
from webapp.web import cookies
from webapp.web.limits import count_address

CSRF_HEADER = "X-CSRF-TOKEN"


def require_refresh_cookie() -> RefreshClaims:
    """Which link of which chain the browser holds, be it spent or expired. Raises RefreshTokenMissing, CsrfFailed.

    An expired token still signs out, and still learns why its session ended: what a token is worth is decided by the
    session row. Its CSRF value counts all the same.
    """
    try:
        claims = verify_refresh_token(request.cookies.get(cookies.REFRESH, ""))
    except RefreshTokenMissing:
        # Refreshing is limited by session; who has none is limited by address.
        count_address()
        raise
    value = request.headers.get(CSRF_HEADER, "")
    if not value:
        raise CsrfFailed
    if claims.not_before > clock.now().timestamp() + LEEWAY.total_seconds():
        raise RefreshTokenMissing
    # In constant time (the double-submitted value of the OWASP cheat sheet, signed into the token): a page of another
    # origin can neither read the value nor send this header. Encoded first: the function takes text only in ASCII.
    if not hmac.compare_digest(value.encode(), claims.csrf.encode("utf-8", "surrogatepass")):
        raise CsrfFailed
    return claims
