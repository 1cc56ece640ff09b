"""What an event changed: each thing as it was before, beside what it became."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Fate = Literal["kept", "removed", "added"]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed. `before` and `after` are its items, each with what became of it; none is nothing."""

    label: str
    before: tuple[tuple[Fate, str], ...]
    after: tuple[tuple[Fate, str], ...]


def changes_of(detail: Mapping[str, object]) -> list[Change]:
    """The changes that an event's detail tells of; none when it has no before and after."""
    if "before" not in detail or "after" not in detail:
        return []
    before, after = detail["before"], detail["after"]
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            _change(str(name), before.get(name), after.get(name))
            for name in sorted(before.keys() | after.keys(), key=str)
            if before.get(name) != after.get(name)
        ]
    return [_change("", before, after)]


def _change(label: str, before: object, after: object) -> Change:
    was, became = _items(before), _items(after)
    return Change(
        label,
        tuple(("kept" if each in became else "removed", each) for each in was),
        tuple(("kept" if each in was else "added", each) for each in became),
    )


def _items(value: object) -> list[str]:
    """The items of a list, each once; a single value is one item, and what is empty has none."""
    values = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(_words(each) for each in values if each is not None and each != ""))


def _words(value: object) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else str(value)
