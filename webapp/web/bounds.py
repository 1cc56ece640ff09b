"""What a request must fit into before the application sees it: method, path, headers, body, time.

A WSGI middleware outside Flask. The body it hands on has wholly arrived: nothing behind it waits for a client.
"""

from __future__ import annotations

import io
import os
import queue
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from webapp.core.opaque import new_id
from webapp.web.crowd_gate import CrowdGate
from webapp.web.fixed_headers import list_fixed_headers
from webapp.web.large_bodies import DRAINED_BYTES, LIMIT, LargeBodies
from webapp.web.paths import fault_in_path
from webapp.web.refusals import Refusal, refuse
from webapp.web.slow_bodies import BodyDeadline, plain_address
from webapp.web.streamed_bodies import CLOSES_LATE, GIVE_TURN_BACK, STREAMED, ClosedLater, StreamedBodies
from webapp.web.turns import Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# A server joins repeated headers with commas. These have one value and no comma in it.
SINGLE_HEADERS: Final = ("HTTP_AUTHORIZATION", "HTTP_HOST", "HTTP_ORIGIN", "HTTP_DPOP", "HTTP_X_CSRF_TOKEN")
# An excess up to here is read and dropped: a browser shows the answer only if it could send everything.
_DRAINED_BYTES: Final = 1_048_576
_PIECE_BYTES: Final = 65_536
_COLLECTED_BYTES: Final = 262_144
_LONGEST_LENGTH: Final = 18
_OF_THE_REQUEST: Final = frozenset(
    [f"SERVER_{name}" for name in ("NAME", "PORT", "PROTOCOL", "SOFTWARE")]
    + ["REQUEST_METHOD", "REQUEST_URI", "RAW_URI", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"]
    + ["REMOTE_ADDR", "REMOTE_PORT", "CONTENT_TYPE", "CONTENT_LENGTH"]
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Sizes in bytes, times in seconds.

    `hurried_seconds` replaces `body_seconds` while more than `crowd` bodies are awaited. `requests_at_once` bounds
    what the application works on, not the bodies on their way to it; who waits longer than `turn_seconds` gets a 503.
    """

    header_bytes: int = 16_384
    body_bytes: int = 65_536
    body_bytes_below: Mapping[str, int] = field(default_factory=dict)
    body_seconds: float = 10.0
    hurried_seconds: float = 2.0
    crowd: int = 128
    requests_at_once: int = 64
    turn_seconds: float = 10.0

    def body_limit(self, path: str) -> int:
        """The limit of the longest prefix that the path begins with, else the general one."""
        fitting = [prefix for prefix in self.body_bytes_below if path.startswith(prefix)]
        return self.body_bytes_below[max(fitting, key=len)] if fitting else self.body_bytes


class BoundedRequests:
    """`gate` keeps crowds from costly views; `large` are the paths where bodies may be larger.

    `note_refusal` takes note of a refusal by its code, and returns the identifier of the request.

    `fixed_headers` are those of every answer.
    """

    def __init__(
        self,
        application: WSGIApplication,
        bounds: Bounds | None = None,
        note_refusal: Callable[[WSGIEnvironment, str], str] = lambda _environ, _code: new_id(),
        fixed_headers: Mapping[str, str] = MappingProxyType(list_fixed_headers("")),
        gate: CrowdGate | None = None,
        large: LargeBodies | None = None,
        streamed: StreamedBodies | None = None,
    ) -> None:
        self.application = application
        self.bounds = bounds or Bounds()
        self._note_refusal = note_refusal
        self._fixed_headers = fixed_headers
        self._fixed_list = list(fixed_headers.items())
        self._gate = gate or CrowdGate(frozenset(), 1)
        self._large = large or LargeBodies({}, {}, lambda _environ: False)
        self._streamed = streamed or StreamedBodies(lambda _path: False, lambda _environ: False)
        self._deadline = BodyDeadline(
            self.bounds.body_seconds, self.bounds.hurried_seconds, self.bounds.crowd
        )
        self._large_deadline = BodyDeadline(self._large.seconds, self._large.seconds, self.bounds.crowd)
        # A queue of turns: it does what a semaphore does, at a twentieth of its cost.
        self._turns: queue.SimpleQueue[None] = queue.SimpleQueue()
        for _ in range(self.bounds.requests_at_once):
            self._turns.put(None)
        # Granian puts the environment of the process, secrets included, into that of the request.
        self._of_the_process = frozenset(os.environ) - _OF_THE_REQUEST

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ, header_bytes = self._select(environ)
        has_place = is_large = False
        try:
            self._check_head(environ, header_bytes)
            is_large = self._large.enter(environ, self.bounds.body_bytes)
            self._take_body(environ)
            has_place = self._gate.enter(environ)
            self._await_turn()
        except Refusal as refusal:
            if has_place:
                self._gate.leave("")
            if is_large:
                self._large.leave()
            request_id = self._note_refusal(environ, refusal.code)
            return refuse(refusal, request_id, environ, start_response, self._fixed_headers)
        answer, turn = _Answer(start_response, self._fixed_list), Turn(self._turns)
        environ[GIVE_TURN_BACK] = turn.give_back
        try:
            return answer.collect(self.application, environ)
        finally:
            turn.give_back()
            if STREAMED in environ:
                environ[STREAMED].drop_rest()
            if has_place:
                self._gate.leave(answer.status)
            if is_large:
                self._large.leave()

    def _select(self, environ: WSGIEnvironment) -> tuple[WSGIEnvironment, int]:
        """What is the request's own, and the size of its headers with its path and query."""
        selected, size = {}, len(environ.get("PATH_INFO", "")) + len(environ.get("QUERY_STRING", ""))
        for name, value in environ.items():
            if name in self._of_the_process:
                continue
            selected[name] = value
            # Half the time of str.startswith.
            if name[:5] == "HTTP_":
                size += len(name) + len(value)
        return selected, size

    def _await_turn(self) -> None:
        try:
            self._turns.get(timeout=self.bounds.turn_seconds)
        except queue.Empty:
            message = "The server is busy. Try again in a moment."
            raise Refusal("busy", 503, message, {"Retry-After": "1"}) from None

    def _check_head(self, environ: WSGIEnvironment, header_bytes: int) -> None:
        """Method, headers and path. PATH_INFO and REMOTE_ADDR come out in one spelling."""
        if environ["REQUEST_METHOD"] not in METHODS:
            allow = {"Allow": ", ".join(sorted(METHODS))}
            raise Refusal("method_not_allowed", 405, "This method is not used here.", allow)
        if header_bytes > self.bounds.header_bytes:
            limit = self.bounds.header_bytes
            raise Refusal("headers_too_large", 431, f"The headers are larger than {limit} bytes.")
        if fault := fault_in_path(environ):
            raise Refusal("malformed_path", 400, fault)
        for name in SINGLE_HEADERS:
            if "," in environ.get(name, ""):
                header = name.removeprefix("HTTP_").replace("_", "-").title()
                raise Refusal("repeated_header", 400, f"The header {header} may be sent only once.")
        environ["REMOTE_ADDR"] = plain_address(environ.get("REMOTE_ADDR", ""))

    def _take_body(self, environ: WSGIEnvironment) -> None:
        """Replace the body by one that has arrived. Raises Refusal 400, 408 or 413."""
        length, coding = environ.get("CONTENT_LENGTH", ""), environ.get("HTTP_TRANSFER_ENCODING", "")
        if coding and (length or coding.strip().lower() != "chunked"):
            raise Refusal("conflicting_length", 400, "The request states the length of its body in two ways.")
        if length and not (length.isascii() and length.isdigit() and len(length) <= _LONGEST_LENGTH):
            raise Refusal("malformed_length", 400, "The header Content-Length is not a number.")
        expected = int(length) if length else None
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        has_body = bool(coding or expected)
        if has_body and self._streamed.hold(environ, expected, self.bounds.body_bytes, self._deadline):
            return
        body = self._read(environ, expected) if has_body else b""
        if length or coding:
            environ["CONTENT_LENGTH"] = str(len(body))
        environ["wsgi.input"] = io.BytesIO(body)
        environ["wsgi.input_terminated"] = True

    def _read(self, environ: WSGIEnvironment, expected: int | None) -> bytes:
        """`expected` is None for a chunked body."""
        large: int | None = environ.get(LIMIT)
        limit = large or self.bounds.body_limit(environ["PATH_INFO"])
        too_large = self._large.refusal(environ) or _too_large(limit)
        deadline = self._large_deadline if large else self._deadline
        if expected is not None and expected > (DRAINED_BYTES if large else _DRAINED_BYTES):
            raise too_large
        source, pieces, arrived = environ["wsgi.input"], [], 0
        # A chunked body is read on by one byte over the limit, to tell a full one from one too large.
        wanted = expected if expected is not None else limit + 1
        with deadline.watch(int(environ["SERVER_PORT"]), environ["REMOTE_ADDR"]) as reading:
            while arrived < wanted:
                piece = source.read(min(wanted - arrived, _PIECE_BYTES))
                if not piece:
                    break
                arrived += len(piece)
                if arrived <= limit:
                    pieces.append(piece)
        complete = arrived == expected
        if reading.cut and not complete:
            raise Refusal("request_timeout", 408, "The body of the request took too long to arrive.")
        if arrived > limit:
            raise too_large
        if expected is not None and not complete:
            raise Refusal("incomplete_body", 400, "The body of the request is shorter than it says.")
        return b"".join(pieces)


def _too_large(limit: int) -> Refusal:
    return Refusal("body_too_large", 413, f"The body of the request is larger than {limit} bytes.")


class _Answer:
    """Makes one piece of a small answer: it leaves the server sooner, and a slow reader holds no thread.

    It carries the headers of every answer.
    """

    def __init__(self, start_response: StartResponse, fixed_headers: list[tuple[str, str]]) -> None:
        self._start_response = start_response
        self._fixed_headers = fixed_headers
        self._length = _COLLECTED_BYTES + 1
        self.status = ""

    def collect(self, application: WSGIApplication, environ: WSGIEnvironment) -> Iterable[bytes]:
        answer = application(environ, self._start)
        if isinstance(answer, list) or self._length > _COLLECTED_BYTES:
            return answer
        if CLOSES_LATE in environ:
            return ClosedLater(answer)
        try:
            return [b"".join(answer)]
        finally:
            if close := getattr(answer, "close", None):
                close()

    def _start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        for name, value in headers:
            if name.lower() == "content-length" and value.isdigit():
                self._length = int(value)
        self.status = status
        return self._start_response(status, headers + self._fixed_headers, exc_info)
