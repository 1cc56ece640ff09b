"""The nets for the key of a connection: every test's key holds one text, and that text may turn up nowhere.

Answers and log records are looked at as they pass; what was found fails the test that caused it. Nothing here, and
nothing that it says, prints the key.
"""

from __future__ import annotations

import html
import logging
import re
from typing import TYPE_CHECKING, Any, Final

from tests.connections.making import CANARY_KEY
from webapp.connections.masking import forms_of, mask_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Flask

    Tell = Callable[[str], object]

# Before what the net of a running server has found, in its log.
MARK: Final = "canary: "
WRONG_KEY: Final = "a key without CANARY_KEY was sealed: nobody would notice it in an answer, a log or a dump"
_OF_CONNECTIONS: Final = "connections."


def _spellings(key: str) -> set[bytes]:
    """What the product itself does not look for, so that the nets do not rest on what they are to prove."""
    code_points = [ord(each) for each in key]
    return {
        key.encode().hex().encode(),
        key[::-1].encode(),
        "".join(f"\\u{each:04x}" for each in code_points).encode(),
        "".join(f"\\x{each:02x}" for each in code_points).encode(),
        "".join(f"&#{each};" for each in code_points).encode(),
        "".join(f"&#x{each:x};" for each in code_points).encode(),
        html.escape(key).encode(),
    }


FORMS: Final = tuple(
    sorted({form.lower() for form in forms_of(CANARY_KEY) | _spellings(CANARY_KEY)}, key=len)
)
_OVERLAP: Final = len(FORMS[-1]) - 1


def has_key(content: bytes) -> bool:
    """Whether any form of the key stands in it, in any case."""
    lowered = content.lower()
    return any(form in lowered for form in FORMS)


def without_key(text: str) -> str:
    """The text as it may be printed."""
    return mask_text(FORMS, text)


class AnswerNet:
    """Around an application: looks at the head and at every piece of each answer, and at what two pieces make."""

    def __init__(self, application: WSGIApplication, tell: Tell) -> None:
        self.application = application
        self._tell = tell

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def look(content: bytes, what: str) -> None:
            if has_key(content):
                asked = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
                self._tell(f"{what} of the answer to {without_key(asked)}")

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            lines = [status, *(f"{name}: {value}" for name, value in headers)]
            look("\n".join(lines).encode("utf-8", "replace"), "the head")
            return start_response(status, headers, exc_info)

        answer = self.application(environ, start)
        if isinstance(answer, list):
            look(b"".join(answer), "the body")
            return answer
        return _WatchedPieces(answer, lambda content: look(content, "the body"))


class _WatchedPieces:
    """As they are, and closed as they would be."""

    def __init__(self, answer: Iterable[bytes], look: Callable[[bytes], None]) -> None:
        self._answer = answer
        self._pieces = iter(answer)
        self._look = look
        self._end = b""

    def __iter__(self) -> _WatchedPieces:
        return self

    def __next__(self) -> bytes:
        piece = next(self._pieces)
        known = self._end + piece
        self._look(known)
        self._end = known[-_OVERLAP:]
        return piece

    def close(self) -> None:
        if close := getattr(self._answer, "close", None):
            close()


class LogNet(logging.Handler):
    """Looks at each record as it would be written, with its failure, and at what it carries besides."""

    def __init__(self, tell: Tell) -> None:
        super().__init__()
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        extras = [value for value in record.__dict__.values() if isinstance(value, str)]
        if has_key("\n".join([self.format(record), *extras]).encode("utf-8", "replace")):
            self._tell(f"a record of the log {record.name}, from {record.filename}:{record.lineno}")


def put_nets_around(app: Flask, tell: Tell, note_key: Callable[[], object] = lambda: None) -> None:
    """Look at each answer of the application; say so when it seals a key, and tell of one that nobody would find."""
    from webapp.infra.sealing import Sealer

    app.wsgi_app = AnswerNet(app.wsgi_app, tell)  # type: ignore[method-assign]
    sealer = app.extensions["latchkey"].get(Sealer)
    seal = sealer.seal

    def noting(plain: bytes, context: str) -> bytes:
        if context.startswith(_OF_CONNECTIONS):
            note_key()
            if CANARY_KEY.encode() not in plain:
                tell(WRONG_KEY)
        return bytes(seal(plain, context))

    sealer.seal = noting


def find_in_log(content: bytes) -> list[str]:
    """What the log of a running server shows: the key itself, or what the net around its application has told."""
    told = re.findall(rf"{MARK}(.*)", content.decode("utf-8", "replace"))
    return [*told, *(["the log of a running server"] if has_key(content) else [])]
