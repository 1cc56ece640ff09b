"""How a third-party service of the tests answers: well, slowly, too much, or with what is no HTTP at all."""

from __future__ import annotations

import gzip
import json
from itertools import repeat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.servers.upstream import Visit

    Answer = Callable[[Visit], None]

BLOCK = b"0123456789abcdef" * 4096


def head(status: int = 200, *headers: tuple[str, str]) -> bytes:
    """Status line and headers, with the empty line that ends them."""
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


def echo(visit: Visit) -> None:
    """What arrived, as JSON: method, target, headers, body (its bytes as Latin-1)."""
    received = visit.request
    told = {
        "method": received.method,
        "target": received.target,
        "headers": received.headers,
        "body": received.body.decode("latin-1"),
    }
    reply(json.dumps(told).encode(), ("Content-Type", "application/json"))(visit)


def reply(body: bytes = b"", *headers: tuple[str, str], status: int = 200) -> Answer:
    """A plain answer with its length; no body for HEAD, 204 and 304."""

    def answer(visit: Visit) -> None:
        has_body = visit.request.method != "HEAD" and status not in {204, 304}
        length = [("Content-Length", str(len(body)))] if status not in {204, 304} else []
        visit.write(head(status, *headers, *length) + (body if has_body else b""))

    return answer


def raw(content: bytes) -> Answer:
    """These bytes and no others, then the end of the connection."""

    def answer(visit: Visit) -> None:
        visit.write(content)
        visit.hang_up()

    return answer


def raw_then_hang(content: bytes) -> Answer:
    """These bytes, then silence until the caller hangs up."""

    def answer(visit: Visit) -> None:
        visit.write(content)
        visit.hang()

    return answer


def hang(visit: Visit) -> None:
    """Never an answer."""
    visit.hang()


def hang_up(visit: Visit) -> None:
    """The connection ends without a word."""
    visit.hang_up()


def redirect(location: str, status: int = 302) -> Answer:
    return reply(b"over there", ("Location", location), status=status)


def in_turn(*pieces: bytes, content_type: str = "text/event-stream", ends: bool = True) -> Answer:
    """A chunked answer: its head at once, then each piece on `Upstream.let_go_on`.

    With `ends=False` silence follows the last piece until the caller hangs up.
    """

    def answer(visit: Visit) -> None:
        visit.write(head(200, ("Content-Type", content_type), ("Transfer-Encoding", "chunked")))
        for piece in pieces:
            visit.await_turn()
            visit.write(chunk(piece))
        if not ends:
            visit.hang()
        else:
            visit.write(b"0\r\n\r\n")

    return answer


def in_pieces(pieces: Iterable[bytes], *headers: tuple[str, str], status: int = 200) -> Answer:
    """A chunked answer, each piece written by itself and as quickly as it is read."""

    def answer(visit: Visit) -> None:
        visit.write(head(status, *headers, ("Transfer-Encoding", "chunked")))
        for piece in pieces:
            visit.write(chunk(piece))
        visit.write(b"0\r\n\r\n")

    return answer


def huge(size: int, *, is_chunked: bool = False) -> Answer:
    """So many bytes, for as long as somebody reads them."""

    def answer(visit: Visit) -> None:
        if is_chunked:
            in_pieces(repeat(BLOCK, size // len(BLOCK)))(visit)
            return
        visit.write(head(200, ("Content-Length", str(size))))
        for _ in range(size // len(BLOCK)):
            visit.write(BLOCK)
        visit.write(BLOCK[: size % len(BLOCK)])

    return answer


def zipped(content: bytes) -> Answer:
    """Compressed, though nobody asked for it."""
    return reply(gzip.compress(content), ("Content-Encoding", "gzip"))


def endless_headers(visit: Visit) -> None:
    """Header after header, and no end of them."""
    visit.write(b"HTTP/1.1 200 Fine\r\n")
    for number in range(1_000_000):
        visit.write(f"X-More-{number}: {'y' * 1000}\r\n".encode())


def endless_hints(visit: Visit) -> None:
    """Interim answers (RFC 9110, section 15.2) and never a final one."""
    while True:
        visit.write(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n" * 100)
