"""Small complete answers to requests that the application never sees: no template, no echo of the request."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from webapp.web.fixed_headers import DATA_POLICY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment


# On every refusal of the API, and on nothing else: answers passed on from other services never carry it.
ERROR_HEADER: Final = "X-Latchkey-Error"


class Refusal(Exception):
    """`message` is one public sentence."""

    def __init__(
        self, code: str, status: int, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


def refuse(
    refusal: Refusal,
    request_id: str,
    environ: WSGIEnvironment,
    start_response: StartResponse,
    fixed_headers: Mapping[str, str],
) -> Iterable[bytes]:
    """JSON below /api/, a readable line elsewhere. The connection ends: nothing after this is to be trusted."""
    path, phrase = environ.get("PATH_INFO", ""), HTTPStatus(refusal.status).phrase
    if path.startswith("/api/v2/"):
        kind, body = "application/problem+json", json.dumps(_details(refusal, phrase, request_id)).encode()
    elif path.startswith("/api/"):
        answer = {"error": refusal.code, "message": refusal.message, "request_id": request_id}
        kind, body = "application/json", json.dumps(answer).encode()
    else:
        kind, body = "text/plain; charset=utf-8", f"{refusal.message}\n\nRequest {request_id}\n".encode()
    headers = {
        "Content-Type": kind,
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        "Content-Security-Policy": DATA_POLICY,
        **fixed_headers,
        "X-Request-ID": request_id,
        "Connection": "close",
        **refusal.headers,
    }
    if path.startswith("/api/"):
        headers[ERROR_HEADER] = refusal.code
    start_response(f"{refusal.status} {phrase}", list(headers.items()))
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _details(refusal: Refusal, title: str, request_id: str) -> dict[str, object]:
    """RFC 9457, as the rest of API v2 answers."""
    return {
        "type": f"urn:latchkey:problem:{refusal.code}",
        "title": title,
        "status": refusal.status,
        "detail": refusal.message,
        "code": refusal.code,
        "request_id": request_id,
    }
