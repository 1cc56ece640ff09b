"""Numbers, sizes and limits of a connection, as people write them and as they are kept."""

from __future__ import annotations

import re
from typing import Final

from webapp.core.errors import InvalidInput
from webapp.core.limit import Limit

_SIZE: Final = re.compile(r"([0-9]{1,12}) ?(B|kB|MB|GB)?", re.IGNORECASE)
_UNITS: Final = {"b": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3}


def require_limit(field: str, value: object, *, optional: bool = False) -> str:
    """A limit as it is written, such as 60/m; where it may be left out, an empty one is none."""
    text = value.strip() if isinstance(value, str) else "?"
    if optional and not text:
        return ""
    try:
        return str(Limit.parse(text[:40]))
    except ValueError:
        raise _refused(field, "Write calls/window, such as 60/m or 1000/d (s, m, h, d).") from None


def require_size(field: str, value: object, least: int, most: int) -> int:
    """Bytes, as a number or in words such as 500 kB; a kB has 1024."""
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    size = int(found[1]) * _UNITS[(found[2] or "B").lower()] if found else value
    if not isinstance(size, int) or isinstance(size, bool) or not least <= size <= most:
        raise _refused(
            field, f"Write a size from {size_in_words(least)} to {size_in_words(most)}, such as 1 MB."
        )
    return size


def size_in_words(size: int) -> str:
    """In the largest unit in which it is a whole number: what `require_size` reads back."""
    for unit in ("GB", "MB", "kB"):
        if size and size % _UNITS[unit.lower()] == 0:
            return f"{size // _UNITS[unit.lower()]} {unit}"
    return f"{size} B"


def require_number(field: str, value: object, least: int, most: int) -> int:
    """A whole number, or its digits."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value.strip()):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise _refused(field, f"Write a whole number from {least} to {most}.")
    return value


def require_flag(value: object) -> bool:
    """On or off."""
    if not isinstance(value, bool):
        raise _refused("is_enabled", "Say whether it is turned on.")
    return value


def _refused(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(fields={field: sentence})
