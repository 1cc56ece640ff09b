"""The person behind the present request, as far as anyone has asked."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from flask import g, request

from webapp.access.denials import record_denial
from webapp.access.page_session import brought_session_id
from webapp.access.sender import read_authorization, require_sender
from webapp.sessions import service as sessions
from webapp.sessions.errors import SessionEnded
from webapp.tokens import refresh
from webapp.tokens.access import verify_access_token
from webapp.tokens.errors import InsufficientScope, RefreshTokenMissing
from webapp.tokens.key_binding import require_token_key
from webapp.tokens.refresh_tokens import verify_refresh_token
from webapp.tokens.standing import require_token_standing
from webapp.web import cookies

if TYPE_CHECKING:
    from webapp.sessions.service import Standing


def page_standing() -> Standing | None:
    """The session this browser's page cookie names, if it is open. Asked once for each request."""
    if "page_standing" not in g:
        g.page_standing = None
        session_id = brought_session_id()
        if session_id is not None:
            try:
                g.page_standing = sessions.require_standing(session_id)
            except SessionEnded as ended:
                g.end_cause = ended
    standing: Standing | None = g.page_standing
    return standing


def brought_session_ids() -> tuple[str, ...]:
    """Every session this browser was signed in with, open or not, by either cookie; sign-in and sign-out end them."""
    found = [brought_session_id()]
    with suppress(RefreshTokenMissing):
        found.append(verify_refresh_token(request.cookies.get(cookies.REFRESH, "")).session_id)
    return tuple(dict.fromkeys(each for each in found if each))


def require_bearer(scope: str | None, *, method: str | None = None, url: str | None = None) -> Standing:
    """The session behind an access token. Raises TokenMissing, InvalidToken, SessionEnded, InsufficientScope.

    `method` and `url` are those of the call that a proxy asks about, where the proof of a key was made for that one.
    """
    scheme, text = read_authorization()
    claims = verify_access_token(text)
    require_sender(scheme, claims, method=method, url=url)
    standing = require_token_standing(claims)
    require_token_key(claims, standing.key_thumbprint)
    g.receipt = refresh.find_receipt(claims.counter, standing)
    if scope is not None and scope not in standing.scopes:
        record_denial(standing, scope)
        raise InsufficientScope(scope=scope)
    g.caller = standing
    return standing


def caller() -> Standing:
    """Whoever the guard of this endpoint let in."""
    standing: Standing = g.caller
    return standing
