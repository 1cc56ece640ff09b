"""What a check is, and what it may find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.ops.self_audit.evidence import Evidence

Level = Literal["pass", "warn", "fail"]
# The worst first.
LEVELS: Final[tuple[Level, ...]] = ("fail", "warn", "pass")


class NotKnown(Exception):
    """What a check goes by could not be found out; `sentence` says why and names no secret."""

    def __init__(self, sentence: str, cure: str) -> None:
        self.sentence = sentence
        self.cure = cure
        super().__init__(sentence)


class NotAsked(Exception):
    """What a check goes by does not exist here, or was not to be asked: the check is left out of the report."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found: one or two sentences without secrets, and what to do about it unless it passes."""

    level: Level
    sentence: str
    cure: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """`id` is stable, for whoever compares reports; `asvs` are requirements of OWASP ASVS 5.0.0.

    `run` may raise NotKnown and NotAsked.
    """

    id: str
    title: str
    asvs: tuple[str, ...]
    run: Callable[[Evidence], Finding]


@dataclass(frozen=True, slots=True)
class Group:
    """Checks that belong together."""

    id: str
    heading: str
    checks: tuple[Check, ...]


def passed(sentence: str) -> Finding:
    """All is well; the sentence says what was found."""
    return Finding("pass", sentence)


def warned(sentence: str, cure: str) -> Finding:
    """Something could be better; `cure` is a sentence that says what to do about it."""
    return Finding("warn", sentence, cure)


def failed(sentence: str, cure: str) -> Finding:
    """Something does harm; `cure` is a sentence that says what to do about it."""
    return Finding("fail", sentence, cure)


def worse_in_production(in_production: bool, sentence: str, cure: str) -> Finding:
    """What harms only where people rely on the installation."""
    return Finding("fail" if in_production else "warn", sentence, cure)
