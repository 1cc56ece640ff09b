"""Trying a connection out: one call as an administrator wants it, what exactly was sent, and what came back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote_to_bytes

from webapp.connections.calls import read_start, try_connection
from webapp.connections.credentials import credential_of
from webapp.connections.keys import open_key
from webapp.connections.masking import mask_text
from webapp.connections.service import note_test
from webapp.core import clock
from webapp.core.errors import InvalidInput, Problem
from webapp.infra.sealing import SealBroken
from webapp.web.paths import fault_in_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.connections.calls import PreparedCall, ShownCall
    from webapp.connections.models import Connection

MOST_SHOWN: Final = 4096
_LONGEST_PATH: Final = 2000
# The end of the text may be the beginning of a character.
_LONGEST_CHARACTER: Final = 4
_LEFT_IN_QUERIES: Final = "!$%&'()*+,/:;=?@[]"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Trial:
    """`problem` is why nothing came back; without one there is a status. `text` is None where the answer is none."""

    sent: ShownCall
    sent_body: str
    milliseconds: int
    problem: Problem | None = None
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    text: str | None = ""
    size: int = 0
    is_whole: bool = True


def prepare_trial(
    connection: Connection,
    method: str,
    typed_path: str,
    body: str,
    *,
    headers: Iterable[tuple[str, str]] = (),
    actor_id: str,
    request_id: str,
) -> PreparedCall:
    """The call, in a unit that writes down that it was tried. `typed_path` is written as in a URL, with its query.

    Raises InvalidInput for a path that nobody could call, and as `try_connection` does.
    """
    path, query = _read_path(typed_path)
    content, given = body.encode() if body else None, list(headers)
    if content and not any(name.lower() == "content-type" for name, _ in given):
        given.append(("Content-Type", _type_of(body)))
    prepared = try_connection(
        connection,
        method,
        path,
        query=query,
        headers=given,
        body=content,
        actor_id=actor_id,
        request_id=request_id,
    )
    note_test(connection, method, mask_text(prepared.forms, path), actor_id=actor_id)
    return prepared


def without_key(connection: Connection, text: str) -> str:
    """What somebody typed, as a page may show it again."""
    try:
        key = open_key(connection)
    except SealBroken:
        return text
    return mask_text(credential_of(connection, key).forms, text)


def carry_out(prepared: PreparedCall) -> Trial:
    """Make the call, outside of any unit."""
    begun = clock.monotonic()
    body = prepared.body.decode() if isinstance(prepared.body, bytes) else ""
    sent = prepared.shown, mask_text(prepared.forms, body)

    def passed() -> int:
        return round((clock.monotonic() - begun) * 1000)

    try:
        answered = prepared.make()
        start, is_whole = read_start(answered, MOST_SHOWN)
    except Problem as problem:
        return Trial(*sent, passed(), problem)
    return Trial(
        *sent,
        passed(),
        None,
        answered.status,
        tuple(answered.headers),
        _as_text(start, is_whole=is_whole),
        len(start),
        is_whole,
    )


def _read_path(typed: str) -> tuple[str, str]:
    """Path, decoded once as a server does it, and query as a browser would send it."""
    if not typed.startswith("/") or len(typed) > _LONGEST_PATH:
        sentence = f"Begin the path with a slash, and use at most {_LONGEST_PATH} characters."
        raise InvalidInput(fields={"path": sentence})
    path, _, query = typed.partition("?")
    query = quote(query, safe=_LEFT_IN_QUERIES)
    try:
        decoded = unquote_to_bytes(path)
        request = {"PATH_INFO": decoded.decode("latin-1"), "QUERY_STRING": query, "RAW_URI": path}
        fault = fault_in_path(request)
        if fault is None:
            return decoded.decode("utf-8"), query
    except UnicodeError:
        fault = "The path is not valid UTF-8."
    raise InvalidInput(fields={"path": fault})


def _type_of(body: str) -> str:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return "text/plain; charset=utf-8"
    return "application/json"


def _as_text(start: bytes, *, is_whole: bool) -> str | None:
    try:
        text = start.decode()
    except UnicodeDecodeError as fault:
        if is_whole or fault.start <= len(start) - _LONGEST_CHARACTER:
            return None
        text = start[: fault.start].decode()
    return None if "\x00" in text else _CONTROL.sub("\ufffd", text)
