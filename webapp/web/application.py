"""The Flask application: where endpoints are refused unless they say who may call them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, request

from webapp.config.load import PROJECT_ROOT
from webapp.config.safety import LOOPBACK_NAMES
from webapp.core.origin import current_origin
from webapp.core.parts import part
from webapp.infra.database import unit_of_work
from webapp.infra.kept_settings import KeptSettings
from webapp.infra.metrics import Metrics
from webapp.infra.metrics_catalogue import REFUSALS
from webapp.web import cookies
from webapp.web.bounds import BoundedRequests
from webapp.web.crowd_gate import CrowdGate
from webapp.web.fixed_headers import list_fixed_headers
from webapp.web.large_bodies import PageRequest
from webapp.web.late_answers import LateAnswer
from webapp.web.origin import Probes, RequestIds, TrustedProxies
from webapp.web.page_sessions import PageSessions
from webapp.web.refusal_tally import RefusalTally
from webapp.web.versions import RestOfPath

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication, WSGIEnvironment

    from webapp.config import Settings
    from webapp.web.large_bodies import LargeBodies
    from webapp.web.streamed_bodies import StreamedBodies

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class UndeclaredAccess(Exception):
    """An endpoint says neither `public` nor what its callers need."""


class Application(Flask):
    """Flask with three differences: access is declared or the endpoint is refused, each view runs in one unit of
    work, and requests pass the bounds before they reach it; `in_front` may answer some of those that did.
    """

    request_class = PageRequest

    def __init__(
        self,
        settings: Settings,
        protect: Callable[[Callable[..., Any]], Callable[..., Any]],
        gate: CrowdGate,
        in_front: Callable[[WSGIApplication], WSGIApplication] = lambda application: application,
        large: LargeBodies | None = None,
        streamed: StreamedBodies | None = None,
    ) -> None:
        self._protect = protect
        super().__init__(
            "webapp",
            static_folder=None,
            template_folder=str(PROJECT_ROOT / "templates"),
            instance_path=str(settings.instance_path),
        )
        self.config.update(
            TESTING=settings.app_env == "testing",
            SECRET_KEY=settings.secret_key.get_secret_value(),
            SECRET_KEY_FALLBACKS=[each.get_secret_value() for each in settings.secret_key_fallbacks],
            TRUSTED_HOSTS=list_hosts(settings),
            SESSION_COOKIE_NAME=cookies.PAGE_SESSION,
            SESSION_COOKIE_SECURE=True,
            SESSION_COOKIE_HTTPONLY=True,
            SESSION_COOKIE_SAMESITE="Lax",
            SESSION_COOKIE_PATH="/",
            SESSION_REFRESH_EACH_REQUEST=False,
            PERMANENT_SESSION_LIFETIME=settings.refresh_token_lifetime,
            MAX_CONTENT_LENGTH=65_536,
            MAX_FORM_MEMORY_SIZE=65_536,
            MAX_FORM_PARTS=200,
            WTF_CSRF_TIME_LIMIT=None,
            WTF_CSRF_SSL_STRICT=False,
            TRAP_BAD_REQUEST_ERRORS=False,
        )
        self.session_interface = PageSessions()
        self.url_map.converters["rest"] = RestOfPath
        self.json.sort_keys = False  # type: ignore[attr-defined]
        probed = Probes(RequestIds(in_front(self.wsgi_app)), self.config["TRUSTED_HOSTS"][0])
        inner = TrustedProxies(probed, settings.trusted_proxies)
        self._named = TrustedProxies(RequestIds(lambda _environ, _start: []), settings.trusted_proxies)
        self.wsgi_app = BoundedRequests(  # type: ignore[method-assign]
            inner, None, self._note_refusal, list_fixed_headers(settings.public_url), gate, large, streamed
        )

    def _note_refusal(self, environ: WSGIEnvironment, code: str) -> str:
        """Name and count what never reaches a view as what does. Returns the request's id."""
        # Without this, the log would tell of the request that this thread answered before.
        self._named(environ, lambda *_: lambda _: None)
        origin, parts = current_origin(), self.extensions["latchkey"]
        parts.get(RefusalTally).count(code, origin.address)
        parts.get(Metrics).add(REFUSALS, (code,))
        return origin.request_id

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Nothing here is a coroutine: to look for one at each view and hook is a twentieth of a call."""
        return func

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., Any] | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Register a view that declares its access. Raises UndeclaredAccess for any other."""
        if view_func is None or not hasattr(view_func, "access"):
            raise UndeclaredAccess(f"{rule} ({endpoint}) declares neither `public` nor a guard")
        view = _in_one_unit(self._protect(view_func))
        super().add_url_rule(rule, endpoint, view, provide_automatic_options, **options)


def list_hosts(settings: Settings) -> list[str]:
    """The hosts this installation answers under; the public one first."""
    public = urlsplit(settings.public_url).hostname or "localhost"
    local = [] if settings.in_production else sorted(LOOPBACK_NAMES)
    # In a Host header an IPv6 address stands in brackets (RFC 3986, section 3.2.2).
    return [f"[{host}]" if ":" in host else host for host in (public, *settings.trusted_hosts, *local)]


def _in_one_unit(view: Callable[..., Any]) -> Callable[..., Any]:
    """Guard, view and template share one unit of work: committed on return, rolled back on raise."""
    writes_late = getattr(view, "writes_late", False)

    @functools.wraps(view)
    def within_unit(**arguments: Any) -> Any:
        if getattr(view, "needs_no_database", False):
            return view(**arguments)
        part(KeptSettings).require()
        with unit_of_work(writes=request.method not in READING and not writes_late):
            answer = view(**arguments)
        return answer.make() if isinstance(answer, LateAnswer) else answer

    return within_unit
