"""What a connection may be: every field is read the same way from a form and from a program, and refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.connections.making import LOOPBACK
from tests.make import entered
from webapp.connections.words import DEFAULTS, ConnectionWords, require_words, require_words_and_key
from webapp.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

GOOD: dict[str, Any] = {"name": "weather", "purpose": "Forecasts", "base_url": "https://api.example.com/v1"}


@pytest.fixture
def read(app: Flask) -> Callable[..., ConnectionWords]:
    def read(**typed: Any) -> ConnectionWords:
        with entered(app):
            return require_words(**GOOD | typed)

    return read


def faults(read: Callable[..., ConnectionWords], **typed: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        read(**typed)
    return refused.value.fields or {}


def test_words_from_a_form_equal_those_of_a_program(read: Callable[..., ConnectionWords]) -> None:
    typed = read(
        purpose="  Forecasts \t for\u00a0all ",
        base_url="HTTPS://API.example.com:443/v1/",
        methods=["post", "GET", "GET"],
        paths=" /a/* \r\n\r\n/b\r\n/b",
        request_headers="X-Trace, x-span\r\nX-TRACE",
        most_sent="1 MB",
        answer_seconds=" 30 ",
        roles=["user", "support", "user"],
    )
    assert typed == read(
        purpose="Forecasts for all",
        methods=("GET", "POST"),
        paths=("/a/*", "/b"),
        request_headers=("x-span", "x-trace"),
        most_sent=1_048_576,
        answer_seconds=30,
        roles=("support", "user"),
    )


def test_what_nobody_says_is_as_the_defaults(read: Callable[..., ConnectionWords]) -> None:
    words = read()
    assert (words.methods, words.paths, words.per_person, words.overall) == (("GET",), ("/*",), "60/m", "")
    assert (words.most_sent, words.most_answered, words.answer_seconds) == (1_048_576, 10_485_760, 30)
    assert (words.call_seconds, words.calls_at_once, words.is_enabled, words.roles) == (300, 4, True, ())
    with pytest.raises(TypeError):
        read(colour="blue")


def test_every_wrong_field_is_named_at_once(app: Flask) -> None:
    wrong = dict.fromkeys(set(DEFAULTS) - {"auth_name", "auth_template", "overall"}, "\x00?")
    with entered(app), pytest.raises(InvalidInput) as refused:
        require_words_and_key("short", **wrong | {"overall": "often", "is_enabled": 1})
    assert set(refused.value.fields or {}) == {*wrong, "overall", "key"}


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", ["", "a", "A-b", "a--b", "-a", "a_b", "a" * 41, "wetter/x", "wétter", None, 7, ["ab"]]),
        ("purpose", ["", " ", "x" * 301, "a\u202eb", "a\x00b", None]),
        ("base_url", ["", "ftp://x.example", "https://u@x.example", "http://x.example", "https://127.0.0.1", None]),
        ("base_url", ["https://[::ffff:169.254.169.254]/", "https://x.example?a=b", "https://0x7f000001/"]),
        ("auth_kind", ["", "digest", "Bearer", None, 1]),
        ("methods", [[], "", ["TRACE"], ["GET", "X"], 5, [None], ["\x00"]]),
        ("paths", ["", "a", "/a//b", "/../b", "/a/.;x/b", "/a?b", "/a%2fb", "/a\\b", "/a\x07", "/" + "x" * 200]),
        ("paths", ["/**", "/*/*/*/*/*", "\n".join(f"/{each}" for each in range(51)), "\n" * 600, {"/": 1}]),
        ("request_headers", ["authorization", "Cookie", "Range", "x y:z", "a:b", "h" * 65, "é", 3]),
        ("answer_headers", ["set-cookie", "Content-Encoding", "x-latchkey-error", "refresh"]),
        ("request_headers", [",".join(f"x-{each}" for each in range(41))]),
        ("per_person", ["", "0/m", "often", "60", "1/1000d", None, "9" * 2000 + "/m"]),
        ("overall", ["0/m", "x", 5]),
        ("most_sent", ["-1", "101 MB", "1 TB", "1.5 MB", "", None, True, 2**70]),
        ("most_answered", [0, "0", "11 GB"]),
        ("answer_seconds", ["0", "301", "1.5", "", None, True, "³", "9" * 5000]),
        ("call_seconds", [0, 3601]),
        ("calls_at_once", [0, 129]),
        ("roles", [["User Role"], ["a/b"], [None], 5]),
        ("is_enabled", ["yes", 1, None]),
    ],
)  # fmt: skip
def test_value_that_will_not_do_is_refused_beside_its_field(
    read: Callable[..., ConnectionWords], field: str, values: list[Any]
) -> None:
    for value in values:
        assert list(faults(read, **{field: value})) == [field], value


def test_key_is_sent_as_one_of_four_ways_and_what_a_way_does_not_use_is_dropped(
    read: Callable[..., ConnectionWords],
) -> None:
    def auth(kind: str, name: str = "", template: str = "") -> tuple[str, str]:
        words = read(auth_kind=kind, auth_name=name, auth_template=template)
        return words.auth_name, words.auth_template

    assert auth("bearer", "x", "y") == ("", "")
    assert (auth("basic", "api", "y"), auth("basic")) == (("api", ""), ("", ""))
    assert auth("header", "X-API-Key") == ("X-API-Key", "{key}")
    assert auth("header", "Authorization", "Token {key}") == ("Authorization", "Token {key}")
    assert auth("query", "api_key", "y") == ("api_key", "")


@pytest.mark.parametrize(
    ("kind", "name", "template", "field"),
    [
        ("basic", "a:b", "", "auth_name"), ("basic", "ä", "", "auth_name"), ("basic", "a\r\nX", "", "auth_name"),
        ("header", "", "", "auth_name"), ("header", "X: y", "", "auth_name"), ("header", "Host", "", "auth_name"),
        ("header", "Content-Length", "", "auth_name"), ("header", "Transfer-Encoding", "", "auth_name"),
        ("header", "X-Key", "no place", "auth_template"), ("header", "X-Key", "{key}{key}", "auth_template"),
        ("header", "X-Key", "{key}\r\nX: y", "auth_template"), ("header", "X-Key", "{key}é", "auth_template"),
        ("query", "", "", "auth_name"), ("query", "a&b", "", "auth_name"), ("query", "a=b", "", "auth_name"),
    ],
)  # fmt: skip
def test_name_or_template_that_would_change_the_request_is_refused(
    read: Callable[..., ConnectionWords], kind: str, name: str, template: str, field: str
) -> None:
    assert list(faults(read, auth_kind=kind, auth_name=name, auth_template=template)) == [field]


def test_fields_that_do_not_go_together_are_refused(read: Callable[..., ConnectionWords]) -> None:
    assert list(faults(read, answer_seconds=60, call_seconds=30)) == ["answer_seconds"]
    header = {"auth_kind": "header", "auth_name": "X-Key", "request_headers": "x-key"}
    assert list(faults(read, **header)) == ["request_headers"]


def test_key_has_visible_letters_and_its_refusal_tells_nothing_of_it(app: Flask) -> None:
    for key in (
        "",
        " ",
        "seven77",
        "k" * 4097,
        "a key with spaces",
        "schlüssel-9",
        "key\r\nX: y",
        "key\x00key1",
        None,
    ):
        with entered(app), pytest.raises(InvalidInput) as refused:
            require_words_and_key(key, **GOOD)
        assert list(refused.value.fields or {}) == ["key"]
        assert not key or len(key) < 3 or key not in str(refused.value.fields)
    with entered(app):
        assert require_words_and_key("  eight888\n", **GOOD)[1] == "eight888"


def test_plain_http_and_loopback_are_for_networks_that_the_operator_names(make_app: Any) -> None:
    with entered(make_app(**LOOPBACK)):
        assert (
            require_words(**GOOD | {"base_url": "http://127.0.0.1:8080/"}).base_url == "http://127.0.0.1:8080"
        )
        for url in (
            "http://127.0.0.1.",
            "http://93.184.216.34",
            "http://169.254.169.254",
            "https://10.0.0.1",
        ):
            with pytest.raises(InvalidInput):
                require_words(**GOOD | {"base_url": url})
