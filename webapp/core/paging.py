"""Keyset paging: a cursor names the row at the edge of a page, so that page one thousand is as quick as page one."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar
from urllib.parse import urlencode

Row = TypeVar("Row")
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Cursor:
    """Rows `older` or `newer` than the one with this key."""

    direction: Literal["older", "newer"]
    key: tuple[str | int, ...]

    @classmethod
    def read(cls, text: str | None, *kinds: type) -> Cursor | None:
        """The cursor of a URL whose key has values of these kinds; None for none, and for one somebody invented."""
        if not text or len(text) > _LONGEST:
            return None
        try:
            direction, *key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        except (binascii.Error, ValueError, TypeError, RecursionError):
            return None
        if direction not in ("older", "newer") or [type(each) for each in key] != list(kinds):
            return None
        # What no column holds, no database is asked for: PostgreSQL answers NUL and large numbers with an error.
        is_sound = all(each.isprintable() if isinstance(each, str) else abs(each) < 2**62 for each in key)
        return cls(direction, tuple(key)) if is_sound else None

    def write(self) -> str:
        """As it stands in a URL. Not secret: it holds only what the page shows."""
        text = json.dumps([self.direction, *self.key], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode("ascii").rstrip("=")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of one page, newest first, and the cursors to its neighbours."""

    rows: list[Row]
    newer: Cursor | None
    older: Cursor | None


def url_of(path: str, filters: dict[str, str], cursor: Cursor | None) -> str | None:
    """A neighbour's address with the same filters; None where there is no neighbour."""
    if cursor is None:
        return None
    kept = {name: value for name, value in filters.items() if value and value != "any"}
    return f"{path}?{urlencode(kept | {'cursor': cursor.write()})}"
