"""Small complete answers to requests that the application never sees: no template, no echo of the request."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment


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
    refusal: Refusal, request_id: str, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """JSON below /api/, a readable line elsewhere. The connection ends: nothing after this is to be trusted."""
    if environ.get("PATH_INFO", "").startswith("/api/"):
        answer = {"error": refusal.code, "message": refusal.message, "request_id": request_id}
        kind, body = "application/json", json.dumps(answer).encode()
    else:
        kind, body = "text/plain; charset=utf-8", f"{refusal.message}\n\nRequest {request_id}\n".encode()
    headers = {
        "Content-Type": kind,
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "X-Request-ID": request_id,
        "Connection": "close",
        **refusal.headers,
    }
    start_response(f"{refusal.status} {HTTPStatus(refusal.status).phrase}", list(headers.items()))
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
