"""Which headers go along with a call, and which come back."""

from __future__ import annotations

import pytest

from webapp.connections.headers import may_be_answered, may_be_sent, pick_answered, pick_sent
from webapp.core.errors import MalformedRequest

NEVER_SENT = (
    "Host Connection TE Trailer Transfer-Encoding Content-Length Upgrade Keep-Alive Proxy-Authorization Cookie "
    "Authorization DPoP X-CSRF-TOKEN Forwarded X-Forwarded-For X-Real-IP Via Range If-Range Accept-Encoding Expect "
    "Origin Referer Sec-Fetch-Site User-Agent Proxy-Connection "
    "X-HTTP-Method-Override X-Method-Override X-Original-URL X-Rewrite-URL X-Host"
).split()
NEVER_ANSWERED = (
    "Set-Cookie Connection Keep-Alive Transfer-Encoding Content-Encoding Access-Control-Allow-Origin "
    "Content-Security-Policy Content-Security-Policy-Report-Only Strict-Transport-Security Cross-Origin-Opener-Policy "
    "X-Latchkey-Error Clear-Site-Data WWW-Authenticate Proxy-Authenticate Refresh Link Vary Cache-Control X-Request-ID "
    "Server Date Alt-Svc NEL Report-To Reporting-Endpoints Service-Worker-Allowed X-Frame-Options Referrer-Policy "
    "Permissions-Policy DPoP-Nonce SourceMap Upgrade Trailer"
).split()


@pytest.mark.parametrize("name", NEVER_SENT)
def test_header_that_is_never_sent_stays_here_even_when_it_is_listed(name: str) -> None:
    assert not may_be_sent(name)
    assert pick_sent([(name, "x")], [name], None) == []


@pytest.mark.parametrize("name", NEVER_ANSWERED)
def test_header_that_is_never_answered_stays_there_even_when_it_is_listed(name: str) -> None:
    assert not may_be_answered(name)
    assert pick_answered(200, [(name.encode(), b"x")], [name.lower()]) == []


def test_listed_headers_go_along_and_no_others() -> None:
    given = [("Accept", "a/b"), ("X-Trace", " 7 "), ("X-Other", "8"), ("Content-Type", "c/d")]
    picked = pick_sent(given, ["x-trace"], None)
    assert picked == [("Accept", "a/b"), ("X-Trace", "7"), ("Content-Type", "c/d")]


def test_header_of_the_key_is_nobody_elses() -> None:
    assert pick_sent([("x-api-key", "mine")], ["x-api-key"], "X-API-Key") == []
    assert pick_sent([("Accept", "mine")], [], "accept") == []


@pytest.mark.parametrize("value", ["a\r\nHost: b", "a\x00", "a\x7f", "日"])
def test_header_that_could_not_be_sent_is_refused(value: str) -> None:
    with pytest.raises(MalformedRequest):
        pick_sent([("X-Trace", value)], ["x-trace"], None)


def test_listed_headers_come_back_in_our_spelling() -> None:
    given = [(b"eTAG", b'"1"'), (b"x-trace", b"7"), (b"X-Other", b"8"), (b"CONTENT-TYPE", b"a/b")]
    assert pick_answered(200, given, ["x-trace"]) == [
        ("ETag", '"1"'),
        ("X-Trace", "7"),
        ("Content-Type", "a/b"),
    ]


def test_place_of_a_redirect_stays_there_and_that_of_something_new_comes_back() -> None:
    given = [(b"Location", b"https://elsewhere.example/")]
    assert pick_answered(302, given, ["location"]) == []
    assert pick_answered(201, given, ["location"]) == [("Location", "https://elsewhere.example/")]


def test_second_content_type_and_control_characters_do_not_come_back() -> None:
    given = [(b"Content-Type", b"a/b"), (b"Content-Type", b"text/html"), (b"X-Trace", b"a\x01")]
    assert pick_answered(200, given, ["x-trace"]) == [("Content-Type", "a/b")]
