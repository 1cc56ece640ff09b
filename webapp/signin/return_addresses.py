"""Where signing in may lead back to, besides this site itself: whole addresses, registered one by one."""

from __future__ import annotations

from webapp.signin import store


def is_return_address(url: str) -> bool:
    """Whether another application registered exactly this address (RFC 9700, section 4.1.1: no prefix, no pattern)."""
    return len(url) <= 500 and store.find_return_address(url) is not None
