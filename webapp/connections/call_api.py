"""Calls of services: whatever follows a connection's name goes to its service, with the key that stays here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from flask import Response, request
from werkzeug.datastructures import Headers

from webapp.access.denials import record_denial
from webapp.access.guards import bearer
from webapp.access.visitor import caller
from webapp.accounts.scopes import is_known_here, is_scope
from webapp.connections.calls import Asked, prepare_call
from webapp.connections.errors import (
    AnswerEncoded,
    AnswerTooLarge,
    CallNotAllowed,
    CallsAtOnce,
    CallTooLarge,
    CallTooLong,
    ConnectionNotFound,
    ConnectionOff,
    ConnectionsBusy,
    ParameterNotAllowed,
    QuotaUsed,
    UseEnded,
)
from webapp.connections.headers import may_be_sent
from webapp.connections.models import scope_of
from webapp.connections.service import get_named
from webapp.core.errors import MalformedRequest
from webapp.infra.outbound.errors import AddressRefused, UpstreamBroken, UpstreamSlow, UpstreamUnreachable
from webapp.infra.sealing import SealBroken
from webapp.tokens.errors import InsufficientScope
from webapp.web.cors import EXPOSED, comes_from_listed_origin
from webapp.web.late_answers import LateAnswer
from webapp.web.streamed_bodies import CLOSES_LATE, GIVE_TURN_BACK, STREAMED, BodyIncomplete, BodyTimeout
from webapp.web.versions import Api

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.connections.calls import PreparedCall

api = Api("calls")
_CALL_PATH: Final = re.compile(r"/api/v[12]/connections/[a-z0-9-]{2,40}(/.*)", re.DOTALL)
# HEAD comes with GET.
_METHODS: Final = {
    "GET": "Read from a service through a connection; its answer comes back as it is.",
    "POST": "Send something to a service through a connection; its answer comes back as it is.",
    "PUT": "Replace something at a service through a connection; its answer comes back as it is.",
    "PATCH": "Change something at a service through a connection; its answer comes back as it is.",
    "DELETE": "Delete something at a service through a connection; its answer comes back as it is.",
}
_UNKNOWN_TYPE: Final = "application/octet-stream"


def is_call(path: str) -> bool:
    """Whether a request to that path is for a service."""
    return _CALL_PATH.fullmatch(path) is not None


def takes_header(path: str, name: str) -> bool:
    """Whether a page of a listed origin may send a header of that name along, for all that is known beforehand."""
    return is_call(path) and may_be_sent(name)


def _call(name: str, path: str) -> LateAnswer:
    # Decoded by the converter as it is here, but without a slash at its beginning.
    del path
    standing, scope = caller(), scope_of(name)
    if not (is_scope(scope) and is_known_here(scope)):
        raise ConnectionNotFound
    if scope not in standing.scopes:
        # Whether there is such a connection is for those to know who may use it.
        record_denial(standing, scope)
        raise InsufficientScope(scope=scope)
    asked = Asked(
        request.method,
        request.path.partition(f"/connections/{name}")[2],
        request.environ.get("QUERY_STRING", ""),
        list(request.headers.items()),
        request.environ.get(STREAMED) or request.get_data() or None,
    )
    prepared = prepare_call(
        get_named(name), asked, account_id=standing.account_id, session_id=standing.session_id
    )
    return LateAnswer(lambda: _pass_on(prepared))


def _pass_on(prepared: PreparedCall) -> Response:
    # Others take their turn while a service is waited for: how many wait is bounded by their places.
    request.environ[GIVE_TURN_BACK]()
    answered = prepared.make()
    request.environ[CLOSES_LATE] = True
    response = Response(answered.pieces, answered.status)
    response.headers = Headers(answered.headers)
    has_body = request.method != "HEAD" and answered.status not in {204, 304}
    if has_body and "Content-Type" not in response.headers:
        response.headers["Content-Type"] = _UNKNOWN_TYPE
    if "Content-Length" not in response.headers:
        # A proxy that collects an answer before it sends it would hold events back.
        response.headers["X-Accel-Buffering"] = "no"
    if comes_from_listed_origin():
        response.headers[EXPOSED] = ", ".join(dict.fromkeys(name for name, _ in answered.headers))
    return response


def _declare(method: str, summary: str) -> None:
    def call(name: str, path: str) -> LateAnswer:
        return _call(name, path)

    view: Callable[..., LateAnswer] = call
    view.__name__, view.__doc__ = f"call_{method.lower()}", summary
    api.add(
        method,
        "/connections/<name>/<rest:path>",
        access=bearer(),
        answers={200: None},
        # It only reads; who is refused is written down in time.
        writes_late=True,
        passes_on=True,
        problems=(
            *(InsufficientScope, ConnectionNotFound, ConnectionOff, CallNotAllowed, MalformedRequest),
            *(ParameterNotAllowed, CallTooLarge, BodyTimeout, BodyIncomplete, QuotaUsed, CallsAtOnce),
            *(ConnectionsBusy, SealBroken, AddressRefused, UpstreamUnreachable, UpstreamBroken),
            *(UpstreamSlow, AnswerEncoded, AnswerTooLarge, CallTooLong, UseEnded),
        ),
    )(view)


for _method, _summary in _METHODS.items():
    _declare(_method, _summary)
