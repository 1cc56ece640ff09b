"""What every page owes its reader: a heading, labels, protected forms, and nothing that its policy forbids."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.html_tree import Element

UNLABELLED_TYPES = frozenset({"hidden", "submit", "button", "reset", "image"})
REFERENCES = frozenset(
    "for aria-labelledby aria-describedby aria-controls aria-errormessage form list".split()
)
LOADED = {
    "script": "src",
    "img": "src",
    "link": "href",
    "iframe": "src",
    "source": "src",
    "form": "action",
    "use": "href",
}
UNSAFE_POLICY = ("'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'", "data:", "http:", "https:", "*")


def audit(tree: Element, headers: Mapping[str, str], host: str) -> list[str]:
    """Everything wrong with a page that was served from `host` with `headers`, in sentences; empty when it is fine."""
    return [
        *_headings(tree),
        *_identities(tree),
        *_labels(tree),
        *_forms(tree),
        *_inline(tree),
        *_strangers(tree, host),
        *_policy(headers),
    ]


def _headings(tree: Element) -> Iterator[str]:
    page = tree.find("html")
    if page is None or not page.attributes.get("lang"):
        yield "<html> has no lang"
    title = tree.find("title")
    headings = tree.find_all("h1")
    if len(headings) != 1:
        yield f"there are {len(headings)} h1: {[heading.text for heading in headings]}"
    elif not headings[0].text or title is None or not title.text.startswith(headings[0].text):
        yield f"the title {title.text if title else None!r} does not begin with the h1 {headings[0].text!r}"
    if len(tree.find_all("main")) != 1:
        yield "there is not exactly one <main>"
    if "{{" in tree.text or "{%" in tree.text:
        yield "a template shows through"


def _identities(tree: Element) -> Iterator[str]:
    counted = Counter(element.attributes["id"] for element in tree.find_all("[id]"))
    yield from (f"the id {name!r} is used {count} times" for name, count in counted.items() if count > 1)
    if "" in counted:
        yield "an id is empty"
    for element in tree.walk():
        for name in element.attributes.keys() & REFERENCES:
            for target in element.attributes[name].split():
                if target not in counted:
                    yield f"<{element.tag} {name}={target!r}> refers to nothing"


def _labels(tree: Element) -> Iterator[str]:
    labelled = {label.attributes.get("for") for label in tree.find_all("label") if label.text}
    for tag in ("input", "select", "textarea"):
        for element in tree.find_all(tag):
            if element.attributes.get("type", "text") in UNLABELLED_TYPES:
                continue
            wrapped = any(ancestor.tag == "label" and ancestor.text for ancestor in element.ancestors())
            named = element.attributes.get("aria-label") or element.attributes.get("aria-labelledby")
            if not (wrapped or named or element.attributes.get("id", "-") in labelled):
                yield f"<{tag} name={element.attributes.get('name')!r}> has no label"
    for image in tree.find_all("img"):
        if "alt" not in image.attributes:
            yield f"<img src={image.attributes.get('src')!r}> has no alt"
    for element in [*tree.find_all("button"), *tree.find_all("a")]:
        pictures = [*element.find_all("img"), *element.find_all("[aria-label]"), *element.find_all("title")]
        if not (element.text or element.attributes.get("aria-label") or pictures):
            yield f"a <{element.tag}> has no name (line {element.line})"


def _forms(tree: Element) -> Iterator[str]:
    for form in tree.find_all("form"):
        method = form.attributes.get("method", "get").lower()
        where = f"the form to {form.attributes.get('action')!r}"
        if method == "post" and len(form.find_all("input[name=csrf_token]")) != 1:
            yield f"{where} has not exactly one csrf_token"
        if method == "get" and form.find("input[name=csrf_token]"):
            yield f"{where} puts its csrf_token into the address"
        if method == "get" and form.find("input[type=password]"):
            yield f"{where} puts a password into the address"
        if any(ancestor.tag == "form" for ancestor in form.ancestors()):
            yield f"{where} is inside another form"


def _inline(tree: Element) -> Iterator[str]:
    for element in tree.walk():
        if element.tag == "style" or "style" in element.attributes:
            yield f"<{element.tag}> of line {element.line} carries a style"
        if element.tag == "script" and "src" not in element.attributes:
            yield f"the script of line {element.line} is inline"
        if any(name.startswith("on") for name in element.attributes):
            yield f"<{element.tag}> of line {element.line} carries an event handler"
        if any(value.strip().lower().startswith("javascript:") for value in element.attributes.values()):
            yield f"<{element.tag}> of line {element.line} has a javascript: address"


def _strangers(tree: Element, host: str) -> Iterator[str]:
    for tag, attribute in LOADED.items():
        for element in tree.find_all(f"{tag}[{attribute}]"):
            address = urlsplit(element.attributes[attribute])
            if address.netloc and address.netloc != host:
                yield f"<{tag}> reaches a third party: {element.attributes[attribute]}"


def _policy(headers: Mapping[str, str]) -> Iterator[str]:
    policy = headers.get("Content-Security-Policy", "")
    directives = {part.split()[0]: part.split()[1:] for part in policy.split(";") if part.strip()}
    if "default-src" not in directives:
        yield "there is no Content-Security-Policy with a default-src"
    for name in ("default-src", "script-src", "style-src"):
        weak = [source for source in directives.get(name, []) if source in UNSAFE_POLICY]
        if weak:
            yield f"{name} allows {' '.join(weak)}"
    if "frame-ancestors" not in directives:
        yield "the policy has no frame-ancestors"
