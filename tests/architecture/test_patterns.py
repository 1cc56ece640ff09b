"""No pattern takes long over a hostile text (ReDoS): each is tried with texts made of its own letters."""

from __future__ import annotations

import importlib
import itertools
import pkgutil
import re
import time
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any

import pytest

import webapp

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.soak
CATEGORIES = {kinds.CATEGORY_DIGIT: "1", kinds.CATEGORY_SPACE: " ", kinds.CATEGORY_WORD: "a"}
# Seconds of the processor that a text may take by how long it is: what grows exponentially shows in a short one, what
# grows with the third power in a long one.
PATIENCE = {20: 0.1, 24: 0.1, 28: 0.1, 500: 1.0, 4000: 3.0}
# Some that only ever take a whole text would look for one within it in a square of its length.
LONGEST_SEARCHED = 500
MOST_LETTERS = 6


def letters_of(node: Any) -> Iterator[str]:
    """A letter for each that a parsed pattern knows, and one of each class."""
    if isinstance(node, parser.SubPattern | list | tuple):
        kind = node[0] if len(node) == 2 else None
        if kind is kinds.LITERAL or kind is kinds.NOT_LITERAL:
            yield chr(node[1])
        elif kind is kinds.RANGE:
            yield from map(chr, node[1])
        elif kind is kinds.CATEGORY:
            yield CATEGORIES.get(node[1], "-")
        else:
            for each in node:
                yield from letters_of(each)


def takes_long(pattern: re.Pattern[Any]) -> str:
    """The letters of a text that takes longer than its length allows; nothing when there is none."""
    source: str = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    known = list(dict.fromkeys(letters_of(parser.parse(source))))[:MOST_LETTERS]
    units = [*known, *map("".join, itertools.permutations(known, 2))]
    for unit, (length, patience) in itertools.product(units, PATIENCE.items()):
        text: Any = unit * (length // len(unit)) + "\x00"
        if isinstance(pattern.pattern, bytes):
            text = text.encode("latin-1", "replace")
        begun = time.thread_time()
        pattern.fullmatch(text)
        if length <= LONGEST_SEARCHED:
            pattern.search(text)
        if time.thread_time() - begun > patience:
            return unit
    return ""


def patterns() -> dict[str, re.Pattern[Any]]:
    """Every pattern that a module of the application has at its top, by its text."""
    names = [module.name for module in pkgutil.walk_packages(webapp.__path__, "webapp.")]
    values = [value for name in names for value in vars(importlib.import_module(name)).values()]
    return {repr(value): value for value in values if isinstance(value, re.Pattern)}


@pytest.mark.parametrize("text", [r"(?:a|a)+b", r"(a+)+b", r"(?:[a-z]+)*\d", r"(?:\w+\s?)+$"])
def test_pattern_that_takes_long_is_found(text: str) -> None:
    assert takes_long(re.compile(text)) != ""


def test_no_pattern_takes_long_over_a_hostile_text() -> None:
    found = patterns()
    assert len(found) > 50
    assert {name: unit for name, pattern in found.items() if (unit := takes_long(pattern))} == {}
