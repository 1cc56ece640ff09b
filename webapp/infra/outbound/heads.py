"""What stands before the body: the headers a request is sent with, and the head of an answer that can be passed on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from webapp.infra.outbound.errors import UpstreamBroken

if TYPE_CHECKING:
    import httpcore

    from webapp.infra.outbound.targets import Target

Headers = Sequence[tuple[bytes, bytes]]

_BODY_METHODS: Final = frozenset({"POST", "PUT", "PATCH"})
_OURS: Final = frozenset({b"host", b"connection", b"content-length", b"transfer-encoding"})
# No part of a value that is meant well, and more than a server may be ready to pass on (RFC 9110, section 5.5).
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True)
class Head:
    """What an answer begins with. Names as they were sent."""

    status: int
    headers: list[tuple[bytes, bytes]]

    def values(self, name: bytes) -> list[bytes]:
        """Every value under that name, in any case."""
        return [value for each, value in self.headers if each.lower() == name.lower()]


def declared_length(headers: Headers) -> int | None:
    """What the caller says of a body that is handed over in pieces; None when it does not know."""
    for name, value in headers:
        if name.lower() == b"content-length":
            return int(value)
    return None


def framed(
    target: Target, method: str, headers: Headers, body: bytes | None, length: int | None
) -> list[tuple[bytes, bytes]]:
    """With the host, and with the sign of the body's end: by it requests are told apart, so it is nobody else's to say.

    `body` None: it comes in pieces, `length` bytes of them or, where that is None too, as many as there are.
    """
    if body is not None:
        length = len(body)
    framing = (
        [(b"Transfer-Encoding", b"chunked")] if length is None else [(b"Content-Length", b"%d" % length)]
    )
    if body == b"" and method not in _BODY_METHODS:
        framing = []
    kept = [(name, value) for name, value in headers if name.lower() not in _OURS]
    return [(b"Host", target.host_header.encode()), *kept, *framing]


def read_head(answer: httpcore.Response) -> Head:
    """Raises UpstreamBroken for what two programs might read differently, and what no server can pass on."""
    head = Head(answer.status, answer.headers)
    is_known = answer.extensions["http_version"] in {b"HTTP/1.0", b"HTTP/1.1"} and 200 <= answer.status <= 599
    # The end of the body by two different signs: whoever reads the other one is fooled (RFC 9112, section 6.3).
    is_ambiguous = bool(head.values(b"transfer-encoding")) and bool(head.values(b"content-length"))
    if not is_known or is_ambiguous or any(_CONTROL.search(value) for _, value in head.headers):
        raise UpstreamBroken
    return head
