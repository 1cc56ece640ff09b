"""Origins of the web: scheme, host and port, in the one spelling that a browser sends (RFC 6454, section 6.2)."""

from __future__ import annotations

import re
from typing import Any, Final

_HOST: Final = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*|\[[0-9a-f:.]+\]"
_ORIGIN: Final = re.compile(rf"(https?)://({_HOST})(?::([1-9][0-9]{{0,4}}))?")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def read_origins(value: Any) -> tuple[str, ...]:
    """A comma-separated list, each in the spelling of browsers. Raises ValueError that names no value."""
    texts = value.split(",") if isinstance(value, str) else value
    return tuple(dict.fromkeys(_read(text.strip()) for text in texts if text.strip()))


def _read(text: str) -> str:
    """What is copied from an address bar ends in a slash and may be in capitals; a browser sends neither."""
    found = _ORIGIN.fullmatch(text.lower().removesuffix("/"))
    port = int(found[3] or 0) if found else 0
    if found is None or port > 65_535:
        raise ValueError(
            "name each origin whole, such as https://app.example.org or http://localhost:5173: "
            "scheme, host and port, without path, asterisk or null"
        )
    scheme, host = found[1], found[2]
    return f"{scheme}://{host}:{port}" if port and port != _DEFAULT_PORTS[scheme] else f"{scheme}://{host}"
