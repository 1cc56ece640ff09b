"""Counts and times requests: in front of Flask, and of what answers in front of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from webapp.core import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from webapp.infra.metrics import Metrics

# Scanners make up paths without an end: none of them is a label.
NO_ROUTE: Final = "none"
_REQUEST: Final = "werkzeug.request"


class TimedRequests:
    """`quick_paths` are those that may be answered before Flask has found their route."""

    def __init__(
        self, application: WSGIApplication, metrics: Metrics, quick_paths: Collection[str] = ()
    ) -> None:
        self.application = application
        self._time = metrics.time_request
        self._quick_paths = frozenset(quick_paths)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        begun, code, route = clock.monotonic(), "500", NO_ROUTE

        def start(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[[bytes], object]:
            nonlocal code, route
            # Now: when Flask has answered, it takes its request out again.
            code, route = status[:3], self._route(environ)
            return start_response(status, headers, exc_info)

        try:
            return self.application(environ, start)
        finally:
            self._time(environ["REQUEST_METHOD"], route, code, clock.monotonic() - begun)

    def _route(self, environ: WSGIEnvironment) -> str:
        """The pattern, with the names of its variable parts, as it was registered."""
        rule = getattr(environ.get(_REQUEST), "url_rule", None)
        if rule is not None:
            return str(rule.rule)
        path: str = environ["PATH_INFO"]
        return path if path in self._quick_paths else NO_ROUTE
