"""A WSGI call without a server: what the bounds let through, and what they answer themselves."""

from __future__ import annotations

import io
import json
from typing import Any

from webapp.web.bounds import BoundedRequests, Bounds

Environ = dict[str, Any]


class Behind:
    """The application behind the bounds: keeps what reaches it and answers with the body it was given."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self.seen: list[Environ] = []
        self.bodies: list[bytes] = []
        self.bounded = BoundedRequests(self._answer, bounds, lambda _environ, _code: "request-1")

    def _answer(self, environ: Environ, start_response: Any) -> list[bytes]:
        self.seen.append(environ)
        self.bodies.append(environ["wsgi.input"].read())
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [self.bodies[-1]]

    def call(self, path: str = "/", method: str = "GET", **more: Any) -> Answer:
        environ: Environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_PORT": "8000",
            "REMOTE_ADDR": "192.0.2.1",
            "HTTP_HOST": "localhost",
            "wsgi.input": io.BytesIO(),
        }
        return Answer(self.bounded, environ | more)


class Answer:
    def __init__(self, application: Any, environ: Environ) -> None:
        started: list[tuple[str, list[tuple[str, str]]]] = []
        pieces = application(environ, lambda status, headers, _=None: started.append((status, headers)))
        self.body = b"".join(pieces)
        self.status = int(started[0][0][:3])
        self.headers = dict(started[0][1])

    @property
    def json(self) -> dict[str, str]:
        parsed: dict[str, str] = json.loads(self.body)
        return parsed


class Chunks(io.BytesIO):
    """Hands out at most a few bytes at a time and counts what was taken, as a socket does."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(min(1000, size) if size and size > 0 else 1000)
        self.taken += len(piece)
        return piece
