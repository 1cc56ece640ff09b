"""How long to wait: in words, and as a header."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webapp.core.errors import Problem

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def duration(seconds: int) -> str:
    """A span of time, rounded up: 90 seconds, 6 minutes, 3 hours, 90 days."""
    for size, unit in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= 2 * size:
            return f"{-(-seconds // size)} {unit}s"
    return f"{max(0, seconds)} second{'' if seconds == 1 else 's'}"


def in_words(seconds: int) -> str:
    """When to try again, rounded up so that it is never too early."""
    if seconds < 2 * _MINUTE:
        amount, unit = max(1, seconds), "second"
    elif seconds < 2 * _HOUR:
        amount, unit = -(-seconds // _MINUTE), "minute"
    else:
        amount, unit = -(-seconds // _HOUR), "hour"
    return f"Try again in {amount} {unit}{'' if amount == 1 else 's'}."


def wait_header(problem: Problem) -> dict[str, str]:
    """`Retry-After` where the refusal knows it, for a page that shows the refusal itself."""
    return {"Retry-After": str(problem.retry_after)} if problem.retry_after is not None else {}
