"""Durations in words."""

from __future__ import annotations

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
