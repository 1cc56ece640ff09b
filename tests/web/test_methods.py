"""Every path under every method: an answer, never a failure; 405 says which methods there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.extents import EXTENTS, met_by
from tests.make import make_administrator, sign_in, sign_in_by_api

if TYPE_CHECKING:
    from flask import Flask

    from tests.page_client import PageClient

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
# Served nowhere.
STRANGE = ["TRACE", "CONNECT", "PROPFIND", "get", ""]
# After these nobody may be signed in any more.
ENDING = ("/logout", "/sessions", "/deletion", "/not-me")
VALUES = {
    "account_id": "x",
    "session_id": "x",
    "token": "x",
    "version": "x",
    "filename": "css/base.css",
    "client_id": "a" * 26,
    "connection_id": "a" * 26,
    "state": "on",
    "kid": "x",
    "factor_id": "x",
    "device_id": "x",
    "invitation_id": "a" * 26,
    "event_id": "1",
    "endpoint_id": "a" * 26,
    "message_id": "a" * 26,
    "form": "csv",
    "job_id": "a" * 26,
    "name": "x",
    "slug": "x",
    "mail_id": "x",
    "view": "security",
}


def paths(app: Flask) -> dict[str, set[str]]:
    """Every path with the methods that are served there."""
    found: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        _, path = rule.build({**VALUES, "path": "x"}, append_unknown=False)  # type: ignore[misc]
        found.setdefault(path, set()).update(rule.methods or set())
    for version in ("v1", "v2"):
        # Any word may be the id of a factor.
        one = found[f"/api/{version}/factors/x"]
        for path in ("totp", "passkeys", "recovery-codes"):
            found[f"/api/{version}/factors/{path}"].update(one)
    # Likewise of an event, a session or a setting.
    found["/admin/settings/proxy"].update(found["/admin/settings/x"])
    found["/admin/audit/export.csv"].update(found["/admin/audit/1"])
    found["/admin/sessions/end-one"].update(found["/admin/sessions/x"])
    return found


@pytest.fixture
def environment() -> dict[str, str]:
    return dict.fromkeys(("LIMIT_AUTH_PER_ADDRESS", "LIMIT_PER_ADDRESS", "LIMIT_SIGNIN_OVERALL"), "100000/h")


@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize("method", METHODS + STRANGE)
@pytest.mark.parametrize("signed_in", [False, True])
def test_no_path_fails_under_any_method(
    app: Flask, pages: PageClient, method: str, extent: str, *, signed_in: bool
) -> None:
    person = make_administrator(app)
    token: dict[str, str] = {}
    if signed_in:
        sign_in(pages, person)
    every = paths(app)
    met = every if method in METHODS else met_by(method, STRANGE, list(every), extent)
    for path in met:
        served = every[path]
        if signed_in and path.startswith("/api/") and (not token or path.endswith(ENDING)):
            token = sign_in_by_api(app.test_client(), person)
        answer = pages.client.open(path, method=method, headers=token if path.startswith("/api/") else {})
        if path.endswith(ENDING):
            token = {}
        answer.close()
        assert answer.status_code < 500, path
        if answer.status_code == 405:
            allowed = set(answer.headers["Allow"].split(", "))
            assert method not in allowed, path
            assert allowed == served or method not in METHODS, path
        else:
            assert method in served, path
        assert method != "HEAD" or answer.data == b"", path


def test_head_has_the_headers_of_get_and_no_body(app: Flask, pages: PageClient) -> None:
    make_administrator(app)
    for path in (
        "/login",
        "/nothing",
        "/healthz",
        "/openapi.json",
        "/.well-known/jwks.json",
        "/api/v1/protected",
    ):
        get, head = pages.client.get(path), pages.client.head(path)
        assert (head.status_code, head.data) == (get.status_code, b""), path
        assert head.headers["Content-Type"] == get.headers["Content-Type"], path
        assert head.headers["Content-Length"] == str(len(get.data)), path


def test_options_says_what_there_is_and_does_nothing(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_administrator(app))
    answer = pages.client.options("/logout")
    assert (answer.status_code, answer.data) == (200, b"")
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert pages.get("/account").path == "/account"


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_no_header_or_field_makes_another_method_of_it(app: Flask, pages: PageClient, name: str) -> None:
    sign_in(pages, make_administrator(app))
    assert pages.client.get("/logout", headers={name: "POST"}).status_code == 405
    assert pages.client.get("/logout?_method=POST").status_code == 405
    assert pages.get("/account").path == "/account"
