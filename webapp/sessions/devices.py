"""What to call a device: browser and system, as far as its User-Agent tells."""

from __future__ import annotations

from functools import lru_cache

from ua_parser import parse

_UNKNOWN = "An unknown device"
# What people call what the parser names by its version or place.
_PLAIN = {
    "Mac OS X": "macOS",
    "Mobile Safari": "Safari",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
}


@lru_cache(maxsize=512)
def describe_device(user_agent: str) -> str:
    """Such as "Firefox on Linux". A hint for people, not evidence: anyone can send any User-Agent."""
    if not user_agent:
        return _UNKNOWN
    found = parse(user_agent[:512])
    browser = _plain(found.user_agent.family) if found.user_agent else ""
    system = _plain(found.os.family) if found.os else ""
    if browser and system:
        return f"{browser} on {system}"[:80]
    return (browser or system or _UNKNOWN)[:80]


def _plain(family: str) -> str:
    return _PLAIN.get(family, family)
