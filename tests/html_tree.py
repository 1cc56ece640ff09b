"""HTML as a tree, from a parser that refuses what browsers silently repair."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
# A browser closes a paragraph before any of these, so a tree that nests them is not the tree people get.
BLOCKS = frozenset(
    "address article aside blockquote details dialog div dl fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr "
    "main menu nav ol p pre section table ul".split()
)
SELECTOR = re.compile(r"([\w-]+)|#([\w-]+)|\.([\w-]+)|\[([\w-]+)(?:=[\"']?([^\]\"']*)[\"']?)?\]")


class BrokenHtml(AssertionError):
    """The page is not well-formed."""


@dataclass(eq=False)
class Element:
    """One element of a page that was read to its end. `children` holds elements and strings in their order."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    parent: Element | None = None
    children: list[Element | str] = field(default_factory=list)
    line: int = 0
    # All elements of the page in their order, and which of them are below this one: a page is walked fifty times.
    page: list[Element] = field(default_factory=list, repr=False)
    below: slice = field(default_factory=lambda: slice(0), repr=False)

    @cached_property
    def text(self) -> str:
        """What a person reads, with spaces collapsed."""
        return " ".join("".join(self._strings()).split())

    def walk(self) -> list[Element]:
        """Every element below, in the order of the page."""
        return self.page[self.below]

    def ancestors(self) -> Iterator[Element]:
        element = self.parent
        while element is not None:
            yield element
            element = element.parent

    def find_all(self, selector: str) -> list[Element]:
        """Elements that match: tags, `#id`, `.class`, `[attribute=value]`, joined, with spaces for descendants."""
        *outer, last = [_demands(each) for each in selector.split()]
        found = [element for element in self.walk() if _fits(element, last)]
        return [element for element in found if _is_inside(element, outer)] if outer else found

    def find(self, selector: str) -> Element | None:
        return next(iter(self.find_all(selector)), None)

    def get(self, selector: str) -> Element:
        """The first match. Raises AssertionError that shows what is there instead."""
        found = self.find(selector)
        assert found is not None, f"no {selector} in: {self.text[:600]}"
        return found

    def _strings(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in {"script", "style", "template"}:
                yield from child._strings()
                yield " " if child.tag in BLOCKS or child.tag in {"br", "li", "td", "th", "option"} else ""


@lru_cache(maxsize=4096)
def _demands(selector: str) -> list[tuple[str, ...]]:
    """What a selector without spaces asks: rows of tag, id, class, attribute and its value, of which some are empty."""
    return SELECTOR.findall(selector)


def _fits(element: Element, demands: list[tuple[str, ...]]) -> bool:
    for tag, identity, name, attribute, value in demands:
        if tag and element.tag != tag:
            return False
        if identity and element.attributes.get("id") != identity:
            return False
        if name and name not in element.attributes.get("class", "").split():
            return False
        if attribute and attribute not in element.attributes:
            return False
        if value and element.attributes[attribute] != value:
            return False
    return True


def _is_inside(element: Element, outer: list[list[tuple[str, ...]]]) -> bool:
    wanted = list(outer)
    for ancestor in element.ancestors():
        if wanted and _fits(ancestor, wanted[-1]):
            wanted.pop()
    return not wanted


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page: list[Element] = []
        self.root = Element("#document", page=self.page)
        self.here = self.root
        self.has_doctype = False

    def handle_decl(self, decl: str) -> None:
        self.has_doctype = self.has_doctype or decl.lower() == "doctype html"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            raise BrokenHtml(f"line {line}: <{tag}> names an attribute twice: {names}")
        if tag in BLOCKS and any(ancestor.tag == "p" for ancestor in (self.here, *self.here.ancestors())):
            raise BrokenHtml(f"line {line}: <{tag}> inside <p>")
        attributes = {name: value or "" for name, value in attrs}
        element = Element(tag, attributes, self.here, [], line, self.page)
        self.here.children.append(element)
        self.page.append(element)
        element.below = slice(len(self.page), len(self.page))
        if tag not in VOID:
            self.here = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in VOID:
            return
        inside_svg = any(ancestor.tag == "svg" for ancestor in (self.here, *self.here.ancestors()))
        if not inside_svg:
            raise BrokenHtml(f"line {self.getpos()[0]}: <{tag}/> does not close itself in HTML")
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or self.here.tag != tag or self.here.parent is None:
            opened = f"<{self.here.tag}> of line {self.here.line}"
            raise BrokenHtml(f"line {self.getpos()[0]}: </{tag}> where {opened} is open")
        self.here.below = slice(self.here.below.start, len(self.page))
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


def parse(html: str) -> Element:
    """The page as a tree. Raises BrokenHtml with the line of what is wrong."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    if not builder.has_doctype:
        raise BrokenHtml("the page has no <!doctype html>")
    if builder.here is not builder.root:
        raise BrokenHtml(f"<{builder.here.tag}> of line {builder.here.line} is never closed")
    builder.root.below = slice(0, len(builder.page))
    return builder.root
