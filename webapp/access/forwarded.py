"""Whom a reverse proxy asks about before it lets a call through: nginx auth_request, Caddy forward_auth, Traefik.

The proxy passes on what its caller sent. That is an access token, or the page session of a browser on our own host.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from flask import current_app, g, request
from werkzeug.sansio.utils import host_is_trusted

from webapp.access.denials import record_denial
from webapp.access.page_session import session_id_in
from webapp.access.visitor import require_bearer
from webapp.core.errors import InvalidInput, Problem
from webapp.sessions.service import require_standing
from webapp.tokens.errors import InsufficientScope, TokenMissing
from webapp.web.limits import count_address
from webapp.web.origin import FROM_PROXY, PROXIED
from webapp.web.page_sessions import PageSessions

if TYPE_CHECKING:
    from webapp.sessions.standing import Standing

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# Caddy and Traefik send the first; nginx sends what its configuration says, by custom the second.
_METHOD_HEADERS: Final = ("X-Forwarded-Method", "X-Original-Method")
_ADDRESS_HEADERS: Final = ("X-Forwarded-Uri", "X-Original-Uri")
# In place of a method or address that is not clear: no proof can name it, so none is taken for another call's.
_UNCLEAR: Final = "unclear:"
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
        if standing.lacks_required_factor:
            raise InsufficientScope(
                "A role of yours asks for a second factor. Set one up in your account first."
            )
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
        "X-Auth-Username": _quoted(standing.username),
        "X-Auth-Scopes": _joined(standing.scopes),
    }


@lru_cache(maxsize=1024)
def _quoted(username: str) -> str:
    return quote(username, safe="")


@lru_cache(maxsize=256)
def _joined(scopes: frozenset[str]) -> str:
    return " ".join(sorted(scopes))


def _by_token() -> Standing:
    method, url = _forwarded_call()
    return require_bearer(None, method=method, url=url)


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
    which goes with every other method (Fetch standard, section 3.2). An Origin has to be the called program's own: a
    sibling's page may open a WebSocket with a GET and our cookie (RFC 6455, section 10.2).
    """
    said = _said(_METHOD_HEADERS)
    if not _SAFE.issuperset(method.upper() for method in said):
        return False
    origin = request.headers.get("Origin")
    # Only a trusted proxy's word makes a place.
    return origin is None or bool(said and origin == request.environ.get(PROXIED))


def _forwarded_call() -> tuple[str | None, str | None]:
    """Method and address of the call a trusted proxy asks about. None for both: /verify itself is what is called.

    A proxy passes on headers that it does not know, so its caller may have added one. What is said twice, not at all,
    or of a host that is not among TRUSTED_HOSTS is unclear.
    """
    methods, paths = _said(_METHOD_HEADERS), _said(_ADDRESS_HEADERS)
    if not request.environ.get(FROM_PROXY) or not (methods or paths):
        return None, None
    place = request.environ.get(PROXIED, "")
    is_ours = host_is_trusted(urlsplit(place).netloc, current_app.config["TRUSTED_HOSTS"])
    method = methods.pop().upper() if len(methods) == 1 else ""
    url = f"{place}{paths.pop()}" if is_ours and len(paths) == 1 else ""
    return method or _UNCLEAR, url or _UNCLEAR


def _said(names: tuple[str, ...]) -> set[str]:
    return {request.headers[name].strip() for name in names if name in request.headers}
