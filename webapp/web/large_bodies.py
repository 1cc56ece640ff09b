"""Bodies above the general limit: at a few exact paths, from browsers that are signed in, few of them at once.

Each is kept in memory until its request is answered, as every body is, and nobody is known yet while it arrives.
"""

from __future__ import annotations

import io
import threading
from typing import IO, TYPE_CHECKING, Final

from flask import Request

from webapp.web.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from wsgiref.types import WSGIEnvironment

LIMIT: Final = "latchkey.body_limit"
_RETRY_AFTER: Final = "5"
# So much is read and dropped: a browser shows the answer only if it could send everything.
DRAINED_BYTES: Final = 67_108_864


class LargeBodies:
    """`limits`: bytes for each path; `too_large`: the page that tells it, for each. `seconds` bounds the time of one.

    `is_known` says of a request whether it comes from a browser that somebody is signed in with.
    """

    def __init__(
        self,
        limits: Mapping[str, int],
        too_large: Mapping[str, str],
        is_known: Callable[[WSGIEnvironment], bool],
        *,
        at_once: int = 2,
        seconds: float = 60.0,
    ) -> None:
        self._limits = limits
        self._too_large = too_large
        self._is_known = is_known
        self._places = threading.BoundedSemaphore(at_once)
        self.seconds = seconds

    def enter(self, environ: WSGIEnvironment, most: int) -> bool:
        """Whether a place was taken, which has to be left: for a body that is, or may be, larger than `most`.

        Raises Refusal 503 when there is none.
        """
        limit = self._limits.get(environ["PATH_INFO"])
        if limit is None or environ["REQUEST_METHOD"] != "POST":
            return False
        length = environ.get("CONTENT_LENGTH", "") or ("" if "HTTP_TRANSFER_ENCODING" in environ else "0")
        if length.isascii() and length.isdigit() and int(length[:18]) <= most:
            return False
        if not self._is_known(environ):
            return False
        if not self._places.acquire(blocking=False):
            message = "Other large files are arriving just now. Try again in a moment."
            raise Refusal("busy", 503, message, {"Retry-After": _RETRY_AFTER})
        environ[LIMIT] = limit
        return True

    def leave(self) -> None:
        """Give the place back."""
        self._places.release()

    def refusal(self, environ: WSGIEnvironment) -> Refusal | None:
        """What leads to the page that tells the limit; None where there is no such page."""
        page = self._too_large.get(environ["PATH_INFO"])
        if page is None:
            return None
        return Refusal("body_too_large", 303, "The file is too large.", {"Location": page})


class PageRequest(Request):
    """A request whose parts may be as large as its body was let through, and are kept in memory, never in files:
    what is uploaded here may hold password hashes.
    """

    def __init__(self, environ: WSGIEnvironment, *arguments: object, **options: object) -> None:
        super().__init__(environ, *arguments, **options)  # type: ignore[arg-type]
        if limit := environ.get(LIMIT):
            self.max_content_length = limit
            self.max_form_memory_size = limit

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        del total_content_length, content_type, filename, content_length
        return io.BytesIO()
