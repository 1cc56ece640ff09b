"""Methods, paths and headers that never reach the application."""

from __future__ import annotations

import os

import pytest

from tests.web.bounds_world import Behind


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "get", ""])
def test_methods_nobody_uses_are_refused(method: str) -> None:
    behind = Behind()
    answer = behind.call("/api/v1/profile", method)
    assert answer.status == 405
    assert "POST" in answer.headers["Allow"]
    assert answer.json["error"] == "method_not_allowed"
    assert not behind.seen


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_methods_in_use_pass(method: str) -> None:
    assert Behind().call(method=method).status == 200


TWO_READINGS = r"""
//login /admin//accounts /a// /./login /admin/../login /admin/.. * login /a\b
/%2e%2e/login /a%2Fb /a%5cb /a%00 /%252e
"""


@pytest.mark.parametrize(
    "path", [*TWO_READINGS.split(), "", "/a\x00", "/a\nb", "/\x7f", "/a\xc2\x85b", "/\xff\xfe"]
)
def test_paths_with_two_readings_are_refused(path: str) -> None:
    behind = Behind()
    answer = behind.call(path)
    assert answer.status == 400
    assert b"The path" in answer.body
    assert not behind.seen


@pytest.mark.parametrize(
    "path", ["/", "/login", "/admin/accounts/", "/.well-known/jwks.json", "/a..b/...", "/50%"]
)
def test_ordinary_paths_pass_unchanged(path: str) -> None:
    behind = Behind()
    assert behind.call(path).status == 200
    assert behind.seen[0]["PATH_INFO"] == path


def test_path_handed_over_as_text_becomes_what_wsgi_asks_for() -> None:
    behind = Behind()
    assert behind.call("/\u20ac").status == 200
    assert behind.seen[0]["PATH_INFO"].encode("latin-1").decode() == "/\u20ac"


def test_encoded_slash_is_refused_where_the_server_shows_the_path_as_sent() -> None:
    assert Behind().call("/a/b", RAW_URI="/a%2Fb?x=1").status == 400
    assert Behind().call("/a/b", RAW_URI="/a/b?next=%2Flogin").status == 200


def test_headers_above_16_kb_are_refused_and_below_pass() -> None:
    assert Behind().call(HTTP_COOKIE="a" * 16_000).status == 200
    answer = Behind().call(HTTP_COOKIE="a" * 10_000, HTTP_X_OTHER="b" * 7_000)
    assert answer.status == 431
    assert Behind().call(QUERY_STRING="q" * 17_000).status == 431


@pytest.mark.parametrize("name", ["AUTHORIZATION", "HOST", "ORIGIN", "DPOP", "X_CSRF_TOKEN"])
def test_header_sent_twice_is_refused_where_it_has_one_value(name: str) -> None:
    answer = Behind().call("/api/v1/protected", **{f"HTTP_{name}": "one,two"})
    assert answer.status == 400
    assert answer.json["error"] == "repeated_header"
    assert Behind().call(HTTP_ACCEPT="text/html, */*").status == 200


def test_environment_of_the_process_does_not_reach_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "of the process")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example")
    behind = Behind()
    behind.call(**os.environ)
    assert "SECRET_KEY" not in behind.seen[0]
    assert "HTTP_PROXY" not in behind.seen[0]


def test_ipv4_caller_of_an_ipv6_listener_has_one_address() -> None:
    behind = Behind()
    behind.call(REMOTE_ADDR="::ffff:192.0.2.7")
    assert behind.seen[0]["REMOTE_ADDR"] == "192.0.2.7"
