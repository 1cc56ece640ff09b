"""Which headers go along with a call, and which come back with its answer: few, and some never."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from webapp.core.errors import MalformedRequest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_ALWAYS_SENT: Final = frozenset({"accept", "accept-language", "content-type"})
_ALWAYS_ANSWERED: Final = frozenset(
    {"content-disposition", "content-language", "content-length", "content-type", "etag", "last-modified"}
    | {"retry-after"}
)
# Of one connection between two machines (RFC 9110, section 7.6.1).
_HOP_BY_HOP: Final = frozenset(
    {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "proxy-connection"}
)
# Credentials and addresses of the person, what frames the message, and what would bring part of an answer: in half a
# key nobody finds the whole.
_NEVER_SENT: Final = _HOP_BY_HOP | {
    *("accept-encoding", "authorization", "content-length", "cookie", "dpop", "expect", "forwarded", "host"),
    *("if-range", "origin", "range", "referer", "user-agent", "via", "x-csrf-token", "x-real-ip"),
    # By which some frameworks take another method, path or host than those that were allowed.
    *("x-http-method-override", "x-http-method", "x-method-override", "x-original-url", "x-rewrite-url"),
    *("x-original-uri", "x-original-host", "x-host"),
}
_NEVER_SENT_BEGINNINGS: Final = ("proxy-", "sec-", "x-forwarded-", "x-latchkey-", "access-control-")
# What a browser would take for our own word: about cookies, places, caches, scripts, other origins.
_NEVER_ANSWERED: Final = _HOP_BY_HOP | {
    *("alt-svc", "cache-control", "clear-site-data", "content-encoding", "date", "dpop-nonce", "link"),
    *("nel", "origin-agent-cluster", "permissions-policy", "referrer-policy", "refresh", "report-to"),
    *("reporting-endpoints", "server", "service-worker-allowed", "set-cookie", "set-cookie2", "sourcemap"),
    *("strict-transport-security", "vary", "www-authenticate", "x-content-type-options", "x-frame-options"),
    *("x-request-id", "x-sourcemap", "x-accel-buffering", "x-accel-redirect", "x-sendfile"),
}
_NEVER_ANSWERED_BEGINNINGS: Final = (
    *("access-control-", "content-security-policy", "cross-origin-", "proxy-", "x-latchkey-", "x-accel-"),
)
_NAME: Final = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,100}")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_REDIRECTS: Final = range(300, 400)


def is_header_name(name: str) -> bool:
    """Whether it is a name of a header, in whatever case (RFC 9110, section 5.6.2)."""
    return _NAME.fullmatch(name.lower()) is not None


def may_be_sent(name: str) -> bool:
    """Whether a connection may list it among the headers that go along with a call."""
    lowered = name.lower()
    is_kept_back = lowered in _NEVER_SENT or lowered.startswith(_NEVER_SENT_BEGINNINGS)
    return is_header_name(lowered) and not is_kept_back


def may_be_answered(name: str) -> bool:
    """Whether a connection may list it among the headers that come back with an answer."""
    lowered = name.lower()
    is_kept_back = lowered in _NEVER_ANSWERED or lowered.startswith(_NEVER_ANSWERED_BEGINNINGS)
    return is_header_name(lowered) and not is_kept_back


def pick_sent(
    given: Iterable[tuple[str, str]], listed: Collection[str], key_header: str | None
) -> list[tuple[str, str]]:
    """The headers of a call that go along, never one under the name of the key's. Raises MalformedRequest."""
    wanted = _ALWAYS_SENT | {name.lower() for name in listed}
    own = (key_header or "").lower()
    picked = []
    for name, value in given:
        if name.lower() not in wanted or name.lower() == own or not may_be_sent(name):
            continue
        if _CONTROL.search(value) or max(value, default="") > "\xff":
            raise MalformedRequest(f"The header {name} holds a character that cannot be sent.")
        picked.append((name, value.strip()))
    return picked


def pick_answered(
    status: int, given: Iterable[tuple[bytes, bytes]], listed: Collection[str]
) -> list[tuple[str, str]]:
    """The headers of an answer that are passed on. Where a redirect leads is nobody's business: none is followed."""
    wanted = _ALWAYS_ANSWERED | {name.lower() for name in listed}
    picked, types = [], 0
    for raw_name, raw_value in given:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1").strip()
        lowered = name.lower()
        if lowered not in wanted or not may_be_answered(lowered) or _CONTROL.search(value):
            continue
        if lowered == "location" and status in _REDIRECTS:
            continue
        if lowered == "content-type":
            types += 1
            if types > 1:
                continue
        picked.append((_as_written(lowered), value))
    return picked


def _as_written(name: str) -> str:
    """The usual capitals, so that no service chooses how a header of ours looks."""
    return "ETag" if name == "etag" else name.title()
