"""Bodies that are handed on while they arrive: at some paths, above the general limit, from callers with a good token.

Whoever takes one reads it from the client, piece by piece; what nobody reads is dropped.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from webapp.core.errors import Problem
from webapp.web.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any
    from wsgiref.types import WSGIEnvironment

    from webapp.web.slow_bodies import BodyDeadline

# In the environment of a request: its streamed body; what gives its turn back before it is answered; and whether its
# answer, where that is collected, is closed by the server after it was sent.
STREAMED: Final = "latchkey.streamed_body"
GIVE_TURN_BACK: Final = "latchkey.give_turn_back"
CLOSES_LATE: Final = "latchkey.closes_late"
MOST_BYTES: Final = 104_857_600
_PIECE_BYTES: Final = 65_536
# A browser shows the answer only if it could send everything.
_DRAINED_BYTES: Final = 1_048_576


class BodyTimeout(Problem):
    """The body stopped arriving."""

    code = "request_timeout"
    status = 408
    message = "The body of the request took too long to arrive."


class BodyIncomplete(Problem):
    """Its sender went away, or counted wrong."""

    code = "incomplete_body"
    status = 400
    message = "The body of the request is shorter than it says."


class StreamedBody:
    """Pieces as they arrive, each within the deadline."""

    def __init__(self, environ: WSGIEnvironment, length: int, deadline: BodyDeadline) -> None:
        self.length = length
        self._source: Any = environ["wsgi.input"]
        self._deadline = deadline
        self._place = int(environ["SERVER_PORT"]), environ["REMOTE_ADDR"]
        self._left = length
        self._is_broken = False

    def __iter__(self) -> Iterator[bytes]:
        """Raises BodyTimeout and BodyIncomplete."""
        while self._left and not self._is_broken:
            with self._deadline.watch(*self._place) as reading:
                piece = self._source.read(min(self._left, _PIECE_BYTES))
            if not piece:
                self._is_broken = True
                raise BodyTimeout if reading.cut else BodyIncomplete
            self._left -= len(piece)
            yield piece

    def drop_rest(self) -> None:
        """Read what nobody wanted, unless it is much: all of it within the time that one piece may take."""
        if self._is_broken or self._left > _DRAINED_BYTES:
            return
        with self._deadline.watch(*self._place):
            while self._left and (piece := self._source.read(min(self._left, _PIECE_BYTES))):
                self._left -= len(piece)


class StreamedBodies:
    """`is_path` says of which paths; `is_known` whether a request brings a token that we have signed."""

    def __init__(self, is_path: Callable[[str], bool], is_known: Callable[[WSGIEnvironment], bool]) -> None:
        self._is_path = is_path
        self._is_known = is_known

    def hold(
        self, environ: WSGIEnvironment, expected: int | None, enough: int, deadline: BodyDeadline
    ) -> bool:
        """Whether the body is left to whoever takes it. `expected` is None for a chunked one.

        Raises Refusal 411 for that: when a chunked body breaks off, the server tells nobody, and a service would get
        half of it as if it were whole.
        """
        if not self._is_path(environ["PATH_INFO"]):
            return False
        if expected is None:
            raise Refusal(
                "length_required", 411, "State the length of the body in the header Content-Length."
            )
        if not (enough < expected <= MOST_BYTES and self._is_known(environ)):
            return False
        environ[STREAMED] = StreamedBody(environ, expected, deadline)
        environ.pop("CONTENT_LENGTH", None)
        environ["wsgi.input"] = io.BytesIO()
        return True


class ClosedLater:
    """An answer that was collected at once, and is closed when it has been sent."""

    def __init__(self, answer: Iterable[bytes]) -> None:
        self._answer = answer
        try:
            self._body = b"".join(answer)
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[bytes]:
        if self._body:
            yield self._body

    def close(self) -> None:
        """By the server."""
        if close := getattr(self._answer, "close", None):
            close()
