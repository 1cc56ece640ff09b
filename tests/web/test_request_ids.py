"""Every request has a name: made here, or taken from a trusted proxy that gave it a decent one."""

from __future__ import annotations

import io
import json
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from webapp.web.logs import JsonLines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

PROXY = {"REMOTE_ADDR": "10.1.2.3"}
MADE = re.compile("[a-z2-7]{26}")


@pytest.fixture
def environment() -> dict[str, str]:
    return {"TRUSTED_PROXIES": "10.0.0.0/8", "LOG_LEVEL": "INFO"}


def ask(app: Flask, path: str = "/login", address: dict[str, str] | None = None, **options: Any) -> str:
    answer = app.test_client().get(path, environ_base=address or {}, **options)
    return answer.headers["X-Request-ID"]


@pytest.mark.parametrize("path", ["/login", "/nothing", "/api/v1/x", "/api/../x", "//x", "/healthz"])
def test_each_request_gets_its_own_id(app: Flask, path: str) -> None:
    first, second = ask(app, path), ask(app, path)
    assert MADE.fullmatch(first)
    assert first != second


@pytest.mark.parametrize("path", ["/login", "/nothing", "/api/v1/x", "/api/../x"])
@pytest.mark.parametrize("given", ["0123456789abcdef", "a1b2c3d4-e5f6", "A.b_c-d8", "x" * 64])
def test_id_of_a_trusted_proxy_is_kept(app: Flask, path: str, given: str) -> None:
    assert ask(app, path, PROXY, headers={"X-Request-ID": given}) == given


@pytest.mark.parametrize(
    "given",
    [
        "",
        "short",
        "x" * 65,
        "with space",
        "tab\there12",
        "quote'12345",
        "<script>1",
        "a,b,c,d,e",
        "é" * 10,
        "x" * 5_000,
    ],
)
def test_malformed_id_of_a_trusted_proxy_is_replaced(app: Flask, given: str) -> None:
    assert MADE.fullmatch(ask(app, "/login", PROXY, headers={"X-Request-ID": given}))


@pytest.mark.parametrize("path", ["/login", "/api/../x"])
@pytest.mark.parametrize(
    "address", [{}, {"REMOTE_ADDR": "11.1.2.3"}, {"REMOTE_ADDR": ""}, {"REMOTE_ADDR": "unix:"}]
)
def test_id_of_anybody_else_is_replaced(app: Flask, path: str, address: dict[str, str]) -> None:
    assert MADE.fullmatch(ask(app, path, address, headers={"X-Request-ID": "0123456789abcdef"}))


@pytest.fixture
def log() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The lines that were written since, as an operator's collector reads them."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)


@pytest.mark.parametrize("path", ["/api/v1/protected", "/api/../x", "//x"])
def test_log_names_the_request_that_was_answered_and_no_other(app: Flask, log: Any, path: str) -> None:
    ask(app, "/login", {"REMOTE_ADDR": "192.0.2.7"})
    answered = ask(app, path, {"REMOTE_ADDR": "198.51.100.9"})
    (line,) = [line for line in log() if line["logger"] == "latchkey.refused"]
    assert (line["request_id"], line["address"]) == (answered, "198.51.100.9")


def test_flood_of_odd_paths_is_one_line_in_the_log(app: Flask, log: Any) -> None:
    for _ in range(50):
        ask(app, "/api/../x")
    lines = [line for line in log() if line.get("code") == "malformed_path"]
    assert [line["count"] for line in lines] == [1]


def test_refusal_before_the_application_is_placed_by_its_trusted_proxy(app: Flask, log: Any) -> None:
    ask(app, "/api/../x", PROXY, headers={"X-Forwarded-For": "198.51.100.9"})
    (line,) = log()
    assert line["address"] == "198.51.100.9"
