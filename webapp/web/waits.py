"""How long to wait: in words, and as a header."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webapp.core.errors import Problem

_MINUTE, _HOUR = 60, 3600


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
