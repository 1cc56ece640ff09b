"""A request goes out as it was given and nothing is added to it; the answer comes back as it was sent."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest

from tests.infra.outbound.world import ask, send
from tests.servers.upstream import Upstream
from tests.servers.upstream_answers import endless_headers, in_turn, raw, redirect, reply, zipped
from webapp.core.errors import MalformedRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from webapp.infra.outbound.exchanges import Outbound


def test_request_arrives_as_it_was_given(outbound: Outbound, safe_service: Upstream) -> None:
    headers = [(b"Accept", b"*/*"), (b"X-Two", b"1"), (b"X-Two", b"2")]
    _, body = ask(outbound, safe_service.url + "/a%20b", "PUT", headers=headers, body=b"\x00\xff")
    assert json.loads(body) == {
        "method": "PUT",
        "target": "/a%20b",
        "headers": [
            ["Host", f"localhost:{safe_service.port}"],
            ["Accept", "*/*"],
            ["X-Two", "1"],
            ["X-Two", "2"],
            ["Content-Length", "2"],
        ],
        "body": "\x00\xff",
    }


@pytest.mark.parametrize(
    ("method", "body", "said", "framing"),
    [
        ("GET", None, b"7", {}),
        ("DELETE", b"", b"7", {}),
        ("POST", None, b"7", {"Content-Length": "0"}),
        ("POST", b"abc", b"7", {"Content-Length": "3"}),
        ("POST", [b"ab", b"", b"c"], None, {"Transfer-Encoding": "chunked"}),
        ("POST", [b"ab", b"c"], b"3", {"Content-Length": "3"}),
    ],
)
def test_end_of_a_body_is_known_by_one_sign_and_the_callers_headers_do_not_count(
    outbound: Outbound, service: Upstream, method: str, body: object, said: bytes | None, framing: dict
) -> None:
    headers = [(b"host", b"evil.example"), (b"Connection", b"upgrade"), (b"transfer-encoding", b"gzip")]
    length = [] if said is None else [(b"content-length", said)]
    ask(outbound, service.url, method, headers=[*headers, *length], body=body)
    received = service.requests[0]
    assert dict(received.headers) == {"Host": f"127.0.0.1:{service.port}", **framing}
    assert received.body == (b"abc" if body else b"")


@pytest.mark.parametrize("pieces", [[b"abcd"], [b"ab", b"cd"], [b"ab"], []])
def test_body_of_another_length_than_was_said_is_not_sent_as_one(
    outbound: Outbound, service: Upstream, pieces: list[bytes]
) -> None:
    service.on("/", reply(b"never"), reads_body=False)
    with pytest.raises(MalformedRequest):
        ask(outbound, service.url, "POST", headers=[(b"Content-Length", b"3")], body=pieces)


def test_what_goes_wrong_with_the_callers_body_is_raised_as_it_is(
    outbound: Outbound, service: Upstream
) -> None:
    def body() -> Iterable[bytes]:
        yield b"ab"
        raise TimeoutError("the caller's")

    with pytest.raises(TimeoutError, match="the caller's"):
        ask(outbound, service.url, "POST", body=body())


@pytest.mark.parametrize(
    "header",
    [(b"X-A", b"1\r\nX-B: 2"), (b"X-A\r\nX-B", b"2"), (b"X A", b"1"), (b"", b"1"), (b"X-A", b"\x00"), (b"X:", b"1")],
)  # fmt: skip
def test_header_that_would_be_two_is_not_sent(
    outbound: Outbound, service: Upstream, header: tuple[bytes, bytes]
) -> None:
    with pytest.raises(MalformedRequest):
        ask(outbound, service.url, headers=[header])
    assert service.requests == []


@pytest.mark.parametrize("path", [b"/ HTTP/1.1\r\nX: y", b"/a b", b"/\xc3\xa9", b"/\x00", b""])
def test_path_that_would_end_the_request_line_is_not_sent(
    outbound: Outbound, service: Upstream, path: bytes
) -> None:
    from webapp.infra.outbound.targets import parse_base_url

    target = parse_base_url(service.url)
    with pytest.raises(MalformedRequest):
        outbound.exchange().send(target, "GET", path, [], None, answer_seconds=9, pause_seconds=9)
    assert service.requests == []


def test_redirect_is_an_answer_like_any_other(outbound: Outbound, service: Upstream) -> None:
    service.on("/", redirect("http://169.254.169.254/latest/meta-data/"))
    head, body = ask(outbound, service.url)
    assert (head.status, body) == (302, b"over there")
    assert len(service.requests) == 1


def test_cookies_proxies_and_netrc_are_none_of_its_business(
    outbound: Outbound, service: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    service.on("/", reply(b"", ("Set-Cookie", "a=b")))
    ask(outbound, service.url)
    ask(outbound, service.url)
    assert service.requests[1].headers == [("Host", f"127.0.0.1:{service.port}")]


def test_body_is_not_decoded(outbound: Outbound, service: Upstream) -> None:
    service.on("/", zipped(b"0" * 100_000))
    head, body = ask(outbound, service.url)
    assert head.values(b"CONTENT-ENCODING") == [b"gzip"]
    assert body.startswith(b"\x1f\x8b")


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("HEAD", reply(b"12345")),
        ("GET", reply(status=204)),
        ("GET", reply(status=304)),
        ("GET", raw(b"HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 100 Go\r\n\r\nHTTP/1.0 200 Fine\r\n\r\n")),
    ],
)
def test_answer_without_a_body_ends_with_its_head(
    outbound: Outbound, service: Upstream, method: str, answer: Callable
) -> None:
    service.on("/", answer)
    head, body = ask(outbound, service.url, method)
    assert body == b""
    assert head.status in {200, 204, 304}


def test_pieces_arrive_as_they_are_sent(outbound: Outbound, safe_service: Upstream) -> None:
    safe_service.on("/", in_turn(b"data: 1\n\n", b"data: 2\n\n"))
    exchange = outbound.exchange()
    send(exchange, safe_service.url)
    pieces = exchange.pieces()
    arrived = []
    for _ in range(2):
        safe_service.let_go_on()
        arrived.append(next(pieces))
    assert [*arrived, *pieces] == [b"data: 1\n\n", b"data: 2\n\n"]
    exchange.close()


def test_no_header_is_logged(outbound: Outbound, service: Upstream, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    service.on("/", reply(b"body-canary", ("X-Canary", "answer-canary")))
    service.on("/broken", raw(b"HTTP/1.1 200 Fine\r\nbroken-canary\r\n\r\n"))
    service.on("/endless", endless_headers)
    service.on("/body", raw(b"HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n\r\nchunk-canary\r\n"))
    secret = [(b"Authorization", b"Bearer request-canary")]
    ask(outbound, service.url, headers=secret)
    for path in ("/broken", "/endless", "/body"):
        with pytest.raises(Exception, match="upstream_broken") as refusal:
            ask(outbound, service.url + path, headers=secret)
        assert refusal.value.__cause__ is None
        assert refusal.value.__suppress_context__ or refusal.value.__context__ is None
    assert "canary" not in caplog.text
