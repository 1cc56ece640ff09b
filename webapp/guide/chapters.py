"""The chapters in the order in which they are read, and what stands beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from webapp.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Chapter:
    """One page. `name` is the last part of its address; `about` one sentence on what is in it."""

    name: str
    title: str
    about: str

    @property
    def path(self) -> str:
        """Where it is."""
        return f"/guide/{self.name}"


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The chapters before and after one; None at either end."""

    before: Chapter | None
    after: Chapter | None


CHAPTERS: Final = (
    Chapter(
        "signing-in",
        "Signing in and sessions",
        "What happens between the password and the first page, what a session is, and when it ends.",
    ),
    Chapter(
        "access-tokens",
        "Access tokens",
        "The short-lived proof that a program shows with each call, taken apart claim by claim.",
    ),
    Chapter(
        "refresh",
        "Refresh and rotation",
        "How a token is renewed without a word, and how a copied one gives itself away.",
    ),
    Chapter(
        "cookies",
        "Cookies",
        "What the browser keeps, which of it a script can read, and what other sites can do with it.",
    ),
    Chapter(
        "keys",
        "Signing keys",
        "Who can sign, who can verify, and how a key is replaced while everybody goes on working.",
    ),
    Chapter(
        "binding",
        "Binding to the browser",
        "A key that never leaves the browser, and why a stolen token is worth nothing without it.",
    ),
    Chapter(
        "revocation",
        "Revocation and introspection",
        "How a token that is valid by itself can be worth nothing a moment later.",
    ),
    Chapter(
        "connections",
        "Connections",
        "How people use a third-party service whose key none of them ever sees.",
    ),
    Chapter(
        "your-service",
        "Protecting your own service",
        "Four ways to find out who is calling, and what to check in each.",
    ),
)
# Pages of the guide that are no chapters: address and label.
BESIDE: Final = (("/guide/api", "API reference"),)


def get_chapter(name: str) -> Chapter:
    """The chapter of that name. Raises NotFound."""
    for chapter in CHAPTERS:
        if chapter.name == name:
            return chapter
    raise NotFound


def neighbours_of(chapter: Chapter) -> Neighbours:
    """What to read before and after it."""
    place = CHAPTERS.index(chapter)
    return Neighbours(
        before=CHAPTERS[place - 1] if place else None,
        after=CHAPTERS[place + 1] if place + 1 < len(CHAPTERS) else None,
    )
