"""Hostile query strings, paths and identifiers: an answer in words from every page and call."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

from tests.make import make_account, make_administrator, sign_in, sign_in_by_api
from tests.tokens.dpop_key import BoundCaller

if TYPE_CHECKING:
    from flask import Flask

    from tests.page_client import PageClient

NAMES = ["q", "cursor", "next", "state", "role", "name", "who", "result", "confirm"]
VALUES = [
    "%00", "%", "%zz", "%ff", "%ed%a0%80", "'\"<script>", "%25_%5C", "x" * 10_000, "-1", "9" * 400,
    "%F0%9F%98%80", "W10", "WyJvbGRlciIsIDEsICJ4Il0", "WyJuZXdlciIsIC05OTk5OTk5OTk5OTk5OTk5OTksICIiXQ",
    "%0d%0aX-Evil:%20y", "' OR 1=1 --", "%E2%80%AE", "=&==&", "%26%3D",
]  # fmt: skip
IDENTIFIERS = [
    "x",
    "%20",
    "%F0%9F%98%80",
    "%27%20OR%201=1--",
    "%25",
    "*",
    "a" * 5_000,
    "-1",
    "0",
    "null",
    "~",
    "%E2%80%AE",
    "A" * 26,
]


def console_paths(app: Flask) -> list[str]:
    target = make_account(app)
    account = f"/admin/accounts/{target.id}"
    return [
        "/",
        "/admin",
        "/admin/accounts",
        "/admin/audit",
        account,
        f"{account}/lock",
        f"{account}/end-sessions",
        "/account",
    ]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value[:16])
def test_every_page_takes_any_query(app: Flask, pages: PageClient, value: str) -> None:
    sign_in(pages, make_administrator(app))
    for path in [
        *console_paths(app),
        "/login",
        "/register",
        "/forgot-password",
        "/setup/x",
        "/reset-password/x",
    ]:
        names = NAMES if len(value) < 1_000 else ["q"]
        answer = pages.client.get(f"{path}?" + "&".join(f"{name}={value}" for name in names))
        assert answer.status_code in {200, 303, 410}, path
        assert "'\"<script>" not in answer.text
        assert "X-Evil" not in answer.headers


@pytest.mark.parametrize("value", ["%", "_", "\\", "%_%", "[a-z]", "*", "'", '"', "\u0130", "ß", "e\u0301"])
def test_search_takes_its_words_as_they_are(app: Flask, pages: PageClient, value: str) -> None:
    sign_in(pages, make_administrator(app, "ada"))
    page = pages.get("/admin/accounts", query_string={"q": value})
    assert page.status == 200
    assert "ada@example.org" not in page.get("main").text


def raw(app: Flask, path: str, query: str) -> int:
    """As a server may hand it over: not percent-encoded."""
    statuses: list[str] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "x", "SERVER_PORT": "80",
        "HTTP_HOST": "localhost", "REMOTE_ADDR": "192.0.2.1", "wsgi.url_scheme": "https", "wsgi.input": io.BytesIO(),
    }  # fmt: skip
    b"".join(app.wsgi_app(environ, lambda status, *_: statuses.append(status)))  # type: ignore[arg-type]
    return int(statuses[0][:3])


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("next=\xc3\xa9", 200),
        ("next=\xff", 400),
        ("next=é\u20ac", 200),
        ("\xed\xa0\x80", 400),
        ("\ud800", 400),
    ],
)
def test_query_that_is_not_encoded_is_read_as_utf_8_or_refused(app: Flask, query: str, status: int) -> None:
    assert raw(app, "/login", query) == status


@pytest.mark.parametrize("identifier", IDENTIFIERS, ids=lambda value: value[:16])
def test_identifier_of_no_account_is_not_found(app: Flask, pages: PageClient, identifier: str) -> None:
    sign_in(pages, make_administrator(app))
    for rest in ("", "/lock", "/end-sessions"):
        assert pages.client.get(f"/admin/accounts/{identifier}{rest}").status_code == 404
    token = pages.get("/account").get("input[name=csrf_token]").attributes["value"]
    for act in ("names", "roles", "verify-address", "unlock", "reset-link", "lock", "end-sessions"):
        data = {"csrf_token": token, "display_name": "x", "reason": "x"}
        assert pages.client.post(f"/admin/accounts/{identifier}/{act}", data=data).status_code == 404, act


@pytest.mark.parametrize("identifier", IDENTIFIERS, ids=lambda value: value[:16])
def test_identifier_of_no_session_is_not_found(app: Flask, identifier: str) -> None:
    client, person = app.test_client(), make_account(app)
    token = sign_in_by_api(client, person)
    assert client.delete(f"/api/v1/sessions/{identifier}", headers=token).status_code == 404
    assert client.get("/api/v1/protected", headers=token).status_code == 200
    bound = BoundCaller(app.test_client(), person)
    # A proof has room for an address of ours, and not for any.
    expected = 404 if len(identifier) < 1_000 else 401
    assert bound.call("DELETE", f"/api/v2/sessions/{identifier}").status_code == expected


@pytest.mark.parametrize(
    "identifier",
    [*IDENTIFIERS, "%00", "a%2fb", "..", "%2e%2e", "%5c", "a//b", "%0d%0a", "%ff"],
    ids=lambda value: value[:16],
)
def test_link_that_nobody_made_is_no_failure(app: Flask, pages: PageClient, identifier: str) -> None:
    make_administrator(app)
    for kind in ("setup", "reset-password"):
        for method in ("GET", "POST"):
            answer = pages.client.open(f"/{kind}/{identifier}", method=method)
            assert answer.status_code in {400, 404, 410}
            assert "X-Request-ID" in answer.headers
