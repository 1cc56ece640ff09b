"""Whom a reverse proxy asks about before it lets a call through: nginx auth_request, Caddy forward_auth, Traefik.

The proxy passes on what its caller sent. That is an access token, or the page session of a browser on our own host.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from flask import current_app, g, request

from webapp.access.denials import record_denial
from webapp.access.page_session import session_id_in
from webapp.access.visitor import require_bearer
from webapp.core.errors import InvalidInput, Problem
from webapp.sessions.service import require_standing
from webapp.tokens.errors import InsufficientScope, TokenMissing
from webapp.web.limits import count_address
from webapp.web.origin import FROM_PROXY, forwarded_url
from webapp.web.page_sessions import PageSessions

if TYPE_CHECKING:
    from webapp.sessions.standing import Standing

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# Caddy and Traefik send the first; nginx sends what its configuration says, by custom the second.
_METHOD_HEADERS: Final = ("X-Forwarded-Method", "X-Original-Method")
_SCOPE: Final = re.compile(r"[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]{1,80}")
_MOST_SCOPES: Final = 20


def require_forwarded() -> Standing:
    """Who sent the call the proxy asks about, with every scope in `?scope=`.

    Raises TokenMissing, InvalidToken, SessionEnded, InsufficientScope. All people behind a proxy share its address, so
    only refusals are counted by address: TooManyAttempts.
    """
    wanted = wanted_scopes(" ".join(request.args.getlist("scope")))
    try:
        standing = _by_token() if "Authorization" in request.headers else _by_page_session()
        missing = sorted(wanted - standing.scopes)
        if missing:
            record_denial(standing, " ".join(missing))
            raise InsufficientScope(scope=" ".join(sorted(wanted)))
    except Problem as problem:
        if problem.status in {401, 403}:
            count_address()
        raise
    g.caller = standing
    return standing


def wanted_scopes(text: str) -> frozenset[str]:
    """Scopes, separated by spaces or commas. Raises InvalidInput for what can be none (RFC 6749, section 3.3)."""
    names = text.replace(",", " ").split()
    if len(names) > _MOST_SCOPES or not all(_SCOPE.fullmatch(each) for each in names):
        raise InvalidInput(fields={"scope": "Name at most 20 scopes, separated by spaces."})
    return frozenset(names)


def auth_headers(standing: Standing) -> dict[str, str]:
    """What the proxy may hand on about whose call it is. Names may hold any letter, and headers are ASCII."""
    return {
        "X-Auth-Subject": standing.account_id,
        "X-Auth-Username": quote(standing.username, safe=""),
        "X-Auth-Scopes": " ".join(sorted(standing.scopes)),
    }


def _by_token() -> Standing:
    return require_bearer(None, method=_forwarded_method(), url=forwarded_url(request.environ))


def _by_page_session() -> Standing:
    """For calls that change nothing: behind the proxy no CSRF value is checked."""
    if not _is_safe_call():
        raise TokenMissing
    pages = current_app.session_interface
    assert isinstance(pages, PageSessions)
    session_id = session_id_in(pages.read(current_app, request))
    if session_id is None:
        raise TokenMissing
    return require_standing(session_id)


def _is_safe_call() -> bool:
    """Whether the call asked about can change nothing.

    Whoever says that it does is believed. That it does not says a trusted proxy; or the browser, by naming no Origin,
    which goes with every other method (Fetch standard, section 3.2).
    """
    said = [request.headers[name].strip().upper() for name in _METHOD_HEADERS if name in request.headers]
    if not _SAFE.issuperset(said):
        return False
    return "Origin" not in request.headers or bool(said and request.environ.get(FROM_PROXY))


def _forwarded_method() -> str | None:
    """The method a trusted proxy asks about; None where there is none, or two that differ."""
    said = {request.headers[name].strip().upper() for name in _METHOD_HEADERS if name in request.headers}
    return said.pop() if len(said) == 1 and request.environ.get(FROM_PROXY) else None
