"""Which other origins may read answers of the API in a browser (Fetch standard, CORS protocol): those listed alone.

They may send cookies along, which reach us from origins of the same site only (SameSite=Strict). Whoever is not listed
gets no such header. Documents that are the same for everybody, such as the key set, say so themselves.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException

from webapp.config import current_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Flask

_SHARED: Final = "/api/"
_REQUEST_HEADERS: Final = "Authorization, Content-Type, DPoP, X-CSRF-TOKEN"
# `Date` lets a script reckon by the server's clock, whatever the person's says.
_READABLE: Final = "Date, DPoP-Nonce, WWW-Authenticate, Retry-After, X-Request-ID, X-Latchkey-Error"
# By it a view names the headers of its own that may be read as well.
EXPOSED: Final = "Access-Control-Expose-Headers"
_MOST_ASKED: Final = 64
# Longer would keep a browser from calling what an upgrade has added.
_MAX_AGE: Final = "600"


def share_with_listed_origins(
    app: Flask, origins: tuple[str, ...], takes_header: Callable[[str, str], bool] = lambda *_: False
) -> None:
    """Call it before anything that counts requests: a preflight is no attempt, and carries no credentials.

    `takes_header` says of a path and a name whether such a header may be sent besides our own.
    """
    if origins:
        app.before_request(functools.partial(_answer_preflight, takes_header))
        app.wsgi_app = _CrossOrigin(app.wsgi_app, origins)  # type: ignore[method-assign]


def comes_from_listed_origin() -> bool:
    """Whether the browser says that a page of a listed origin sent the present request."""
    return request.headers.get("Origin") in current_settings().cors_origins


class _CrossOrigin:
    """Adds to every answer what lets a listed origin read it: also to refusals that no view has made."""

    def __init__(self, application: WSGIApplication, origins: tuple[str, ...]) -> None:
        self.application = application
        self._origins = frozenset(origins)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith(_SHARED):
            return self.application(environ, start_response)
        added = self._headers(environ.get("HTTP_ORIGIN", ""))

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            vary = [value for name, value in headers if name.lower() == "vary"]
            exposed = [value for name, value in headers if name == EXPOSED]
            others = [(name, value) for name, value in headers if name.lower() != "vary" and name != EXPOSED]
            if added:
                others.append((EXPOSED, ", ".join([_READABLE, *exposed])))
            return start_response(status, [*others, ("Vary", _with_origin(vary)), *added], exc_info)

        return self.application(environ, start)

    def _headers(self, origin: str) -> list[tuple[str, str]]:
        if origin not in self._origins:
            return []
        return [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
        ]


def _with_origin(vary: list[str]) -> str:
    """A cache must not hand one origin's answer to another, nor one without these headers to any."""
    named = [name.strip() for value in vary for name in value.split(",") if name.strip()]
    return ", ".join(named if "origin" in map(str.lower, named) else [*named, "Origin"])


def _answer_preflight(takes_header: Callable[[str, str], bool]) -> Response | None:
    """None for all but the question of a listed origin. What does not exist is not refused here: the call itself gets
    the 404, which its sender can read.
    """
    is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    if not (is_preflight and request.path.startswith(_SHARED) and comes_from_listed_origin()):
        return None
    try:
        methods = set(current_app.create_url_adapter(request).allowed_methods())  # type: ignore[union-attr]
    except HTTPException:
        # A host that is not ours: refused like any other request to it.
        return None
    response = Response(status=204)
    del response.headers["Content-Type"]
    if methods:
        response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(methods - {"OPTIONS"}))
    asked = request.headers.get("Access-Control-Request-Headers", "").split(",")[:_MOST_ASKED]
    also = [name.strip() for name in asked if takes_header(request.path, name.strip())]
    response.headers["Access-Control-Allow-Headers"] = ", ".join([_REQUEST_HEADERS, *dict.fromkeys(also)])
    response.headers["Access-Control-Max-Age"] = _MAX_AGE
    response.headers["Vary"] = "Access-Control-Request-Method, Access-Control-Request-Headers"
    return response
