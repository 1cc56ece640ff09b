"""A small application behind the product's bounds, with short times, for tests that need a server of their own.

GET /held answers only after GET /release; every other path answers at once with the body it was sent.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from webapp.web.bounds import BoundedRequests, Bounds

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

_held, _released = threading.Event(), threading.Event()


def _answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if path == "/held":
        _held.set()
        _released.wait(20)
    if path == "/release":
        _held.wait(20)
        _released.set()
    if path == "/when-held":
        _held.wait(20)
    body = environ["wsgi.input"].read() or b"done"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


app = BoundedRequests(_answer, Bounds(body_seconds=3, hurried_seconds=3))
