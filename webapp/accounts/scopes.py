"""Scopes: which are this application's own, and what may be the name of one (RFC 6749, section 3.3)."""

from __future__ import annotations

import re
from typing import Final

# Each with what it allows.
OWN_SCOPES: Final = {
    "read:profile": "Read one's own profile through the API.",
    "write:profile": "Change one's own profile through the API.",
    "admin:read": "Look at everything in the administration, and change nothing.",
    "admin:support": "Unlock accounts, end sessions and send reset links, except for people with rights here.",
    "admin:write": "Change everything in the administration, these roles included.",
}
LONGEST_SCOPE: Final = 80
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_CONNECTION = re.compile(r"use:connection:[a-z0-9][a-z0-9-]*")
_RESERVED = re.compile(
    r"admin(:.*)?|profile(:.*)?|.*:profile|sessions?(:.*)?|.*:sessions?|use:connection(:.*)?", re.IGNORECASE
)


def is_scope(text: str) -> bool:
    """Whether a token could carry it as one scope."""
    return len(text) <= LONGEST_SCOPE and _SCOPE.fullmatch(text) is not None


def belongs_here(scope: str) -> bool:
    """Whether it opens something here, or looks as if it did; no other service may use such a name."""
    return _RESERVED.fullmatch(scope) is not None


def is_known_here(scope: str) -> bool:
    """Whether it does open something here. A connection's is known by its form: it may be granted beforehand."""
    return scope in OWN_SCOPES or _CONNECTION.fullmatch(scope) is not None


def opens_administration(scope: str) -> bool:
    """Whether its holders may do anything in the administration."""
    return scope.startswith("admin:")
