"""Requests that two readers would take for different ones, byte by byte at a running server: none comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.attacks.connections.raw_caller import RawCaller

CALL = "/api/v1/connections/weather/open/x"
FIRST = f"GET {CALL} HTTP/1.1"
POST = f"POST {CALL} HTTP/1.1"
# What a service would get if a body were read as a request of its own.
HIDDEN = b"DELETE /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
REFUSED: dict[str, tuple[list[str | bytes], bytes]] = {
    "two hosts": ([FIRST, "Host: other.example"], b""),
    "two lengths": ([POST, "Content-Length: 5", "Content-Length: 38"], HIDDEN),
    "two lengths in one": ([POST, "Content-Length: 5, 38"], HIDDEN),
    "length and chunks": ([POST, "Content-Length: 5", "Transfer-Encoding: chunked"], b"0\r\n\r\n" + HIDDEN),
    "chunks and length": ([POST, "Transfer-Encoding: chunked", "Content-Length: 5"], b"0\r\n\r\n" + HIDDEN),
    "chunks twice": (
        [POST, "Transfer-Encoding: chunked", "Transfer-Encoding: identity"], b"0\r\n\r\n" + HIDDEN,
    ),
    "other coding": ([POST, "Transfer-Encoding: xchunked"], b"0\r\n\r\n" + HIDDEN),
    "coding after a tab": ([POST, "Transfer-Encoding:\x0bchunked"], b"0\r\n\r\n" + HIDDEN),
    "space before the colon": ([POST, "Content-Length : 38"], HIDDEN),
    "folded length": ([POST, "Content-Length:\r\n 38"], HIDDEN),
    "negative length": ([POST, "Content-Length: -1"], HIDDEN),
    "length with a sign": ([POST, "Content-Length: +38"], HIDDEN),
    "length in hexadecimal": ([POST, "Content-Length: 0x26"], HIDDEN),
    "folded header": ([FIRST, "X-Trace: a\r\n b"], b""),
    "bare carriage return": ([FIRST, b"X-Trace: a\rHost: other.example"], b""),
    "NUL in a header": ([FIRST, b"X-Trace: a\x00b"], b""),
    "no colon": ([FIRST, "X-Trace"], b""),
    "space in a name": ([FIRST, "X Trace: a"], b""),
    "space in the path": ([f"GET {CALL} HTTP/1.1 HTTP/1.1"], b""),
    "two tokens": ([FIRST, "Authorization: Bearer other"], b""),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_request_that_is_two_to_somebody_reaches_no_service(raw_caller: RawCaller, kind: str) -> None:
    lines, body = REFUSED[kind]
    statuses, _ = raw_caller.send(raw_caller.head(*lines) + body)
    assert [each for each in statuses if each < 400] == []
    assert raw_caller.received() == []


def test_line_feed_alone_smuggles_no_header_past(raw_caller: RawCaller) -> None:
    raw_caller.send(raw_caller.head(FIRST, b"X-Trace: a\nX-Smuggled: b\nHost: other.example"))
    for sent in raw_caller.received():
        assert (sent.header("X-Smuggled"), len(sent.values("Host"))) == (None, 1)


@pytest.mark.parametrize(
    "header",
    [
        *("Connection: close, X-Trace", "TE: trailers", "Upgrade: websocket", "Upgrade: h2c", "Expect: 100-continue"),
        *("Proxy-Connection: close", "Proxy-Authorization: x", "Keep-Alive: 5", "Trailer: X-Trace"),
        *("X-Forwarded-Host: other.example", "X-HTTP-Method-Override: DELETE", "X-Original-URL: /hidden"),
        *("Cookie: a=b", "Forwarded: host=other.example", "HTTP2-Settings: AAMAAABk"),
        *("Max-Forwards: 0", "Content-Encoding: gzip", "Transfer_Encoding: chunked", "Content_Length: 5"),
    ],
)  # fmt: skip
def test_header_of_the_way_stays_here(raw_caller: RawCaller, header: str) -> None:
    raw_caller.send(raw_caller.head(FIRST, "X-Trace: mine", header))
    for sent in raw_caller.received():
        assert (sent.method, sent.path, sent.body) == ("GET", "/open/x", b"")
        assert {name.lower() for name, _ in sent.headers} <= {
            "host",
            "x-trace",
            "accept-encoding",
            "user-agent",
            "accept",
        }
        assert sent.values("X-Trace") in ([], ["mine"])
        assert sent.header("Host") == raw_caller.calling.service.url.removeprefix("http://")


def test_request_in_a_body_stays_a_body(raw_caller: RawCaller) -> None:
    head = raw_caller.head(POST, f"Content-Length: {len(HIDDEN)}")
    assert raw_caller.send(head + HIDDEN)[0] == [200]
    [sent] = raw_caller.received()
    assert (sent.method, sent.body, sent.values("Content-Length")) == ("POST", HIDDEN, [str(len(HIDDEN))])
    assert sent.header("Transfer-Encoding") is None


def test_requests_one_after_another_stay_apart(raw_caller: RawCaller) -> None:
    content = raw_caller.head(POST, "Content-Length: 1", is_last=False) + b"a"
    content += raw_caller.head(POST, "Content-Length: 1") + b"b"
    statuses, answer = raw_caller.send(content)
    assert (statuses, [each.body for each in raw_caller.received()]) == ([200, 200], [b"a", b"b"]), answer
