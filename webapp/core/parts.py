"""The mechanisms of the application at work: one of each kind, found by its type.

`create_app` makes them; domain code asks for what it needs. So two applications can live in one process, and no
function has to be handed a hasher, a sealer and a throttle by every caller.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TypeVar, cast

Part = TypeVar("Part")


class Parts:
    """One instance for each type."""

    def __init__(self) -> None:
        self._held: dict[type, object] = {}

    def add(self, kind: type[Part], instance: Part) -> None:
        """Hold this instance under its type."""
        self._held[kind] = instance

    def get(self, kind: type[Part]) -> Part:
        """The instance of that type. Raises KeyError when the application has none."""
        return cast("Part", self._held[kind])


_parts: ContextVar[Parts | None] = ContextVar("latchkey_parts", default=None)


def use_parts(parts: Parts) -> None:
    """Make this the application at work in the present context."""
    _parts.set(parts)


def part(kind: type[Part]) -> Part:
    """The present application's instance of that type. Raises LookupError outside of an application."""
    parts = _parts.get()
    if parts is None:
        raise LookupError("no application is at work in this context")
    return parts.get(kind)
