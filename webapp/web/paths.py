"""Which paths mean the same to a proxy, to the router and to a reader of the log."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

# Nearly every path: passes without a closer look.
_PLAIN: Final = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+/?|/")
# A path that was encoded twice would mean something else to whoever decodes it once more.
_STILL_ENCODED: Final = re.compile(r"%(?:2e|2f|5c|25|[01][0-9a-f]|7f)", re.IGNORECASE)
_FORBIDDEN: Final = re.compile(r"[\\\x00-\x1f\x7f-\x9f]")
_SEPARATOR: Final = re.compile(r"%(?:2f|5c)", re.IGNORECASE)


def fault_in_path(environ: WSGIEnvironment) -> str | None:
    """One sentence on what is wrong with path or query, None if they may pass. The server has decoded the path once.

    Rewrites both into PEP 3333's form (bytes as Latin-1) where a server hands over text.
    """
    query = environ.get("QUERY_STRING", "")
    if not query.isascii():
        try:
            environ["QUERY_STRING"] = _as_bytes(query).decode("latin-1")
        except UnicodeError:
            # The framework would fail on it.
            return "The query is not valid UTF-8."
    given = environ.get("PATH_INFO", "")
    if _PLAIN.fullmatch(given) and not environ.get("RAW_URI") and not environ.get("REQUEST_URI"):
        return None
    try:
        encoded = _as_bytes(given)
        path = encoded.decode("utf-8")
    except UnicodeError:
        return "The path is not valid UTF-8."
    environ["PATH_INFO"] = encoded.decode("latin-1")
    as_sent = (environ.get("RAW_URI") or environ.get("REQUEST_URI") or "").partition("?")[0]
    segments = path.split("/")
    faults = {
        "The path does not begin with a slash.": not path.startswith("/"),
        "The path contains an empty segment.": "" in segments[1:-1],
        "The path contains a dot segment.": "." in segments or ".." in segments,
        "The path contains a backslash or a control character.": _FORBIDDEN.search(path),
        "The path contains an encoded separator.": _STILL_ENCODED.search(path) or _SEPARATOR.search(as_sent),
    }
    return next((sentence for sentence, found in faults.items() if found), None)


def _as_bytes(text: str) -> bytes:
    """What was sent. Raises UnicodeError where that is not UTF-8."""
    encoded = text.encode("latin-1" if text.isascii() or max(text) <= "\xff" else "utf-8")
    encoded.decode("utf-8")
    return encoded
