"""Every answer carries the same protective headers, whatever it is and whoever made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.make import make_account, sign_in, sign_in_by_api
from tests.servers.shared_routes import serve_too
from webapp.access.guards import public

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from tests.page_client import PageClient

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
}
# method, path, what is sent, status
ANSWERS: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "page": ("GET", "/login", {}, 200),
    "page redirect": ("GET", "/", {}, 303),
    "missing page": ("GET", "/nothing", {}, 404),
    "refused form": ("POST", "/logout", {}, 400),
    "page and method": ("DELETE", "/login", {}, 405),
    "link page": ("GET", "/reset-password/x", {}, 410),
    "options": ("OPTIONS", "/login", {}, 200),
    "call": ("GET", "/api/v1/protected", {}, 401),
    "call v2": ("GET", "/api/v2/protected", {}, 401),
    "missing call": ("GET", "/api/v1/nothing", {}, 404),
    "call and method": ("GET", "/api/v1/login", {}, 405),
    "unknown method": ("TRACE", "/login", {}, 405),
    "odd path": ("GET", "/api/v1/../x", {}, 400),
    "odd page path": ("GET", "//x", {}, 400),
    "large body": ("POST", "/api/v1/login", {"data": b"x" * 70_000}, 413),
    "large form": ("POST", "/login", {"data": b"x" * 70_000}, 413),
    "large headers": ("GET", "/login", {"headers": {"X-Large": "x" * 17_000}}, 431),
    "wrong type": ("POST", "/api/v1/login", {"data": b"{}"}, 415),
    "wrong value": ("POST", "/api/v1/login", {"json": {}}, 422),
    "foreign host": ("GET", "/login", {"headers": {"Host": "evil.example"}}, 400),
    "static": ("GET", "/static/v-x/css/base.css", {}, 200),
    "missing file": ("GET", "/static/v-x/css/none.css", {}, 404),
    "icon": ("GET", "/favicon.ico", {}, 200),
    "keys": ("GET", "/.well-known/jwks.json", {}, 200),
    "document": ("GET", "/openapi.json", {}, 200),
    "probe": ("GET", "/healthz", {}, 200),
}
PUBLIC = {"static", "icon", "keys", "document"}


def check_fixed(answer: TestResponse) -> None:
    for name, value in FIXED.items():
        assert answer.headers.getlist(name) == [value], name
    permissions = answer.headers["Permissions-Policy"]
    assert "camera=()" in permissions
    assert "publickey-credentials-get=(self)" in permissions
    assert len(answer.headers["X-Request-ID"]) == 26
    is_page = answer.mimetype == "text/html"
    assert answer.headers.getlist("Content-Security-Policy") == [PAGE_POLICY if is_page else DATA_POLICY]
    assert "X-Powered-By" not in answer.headers
    kind = answer.headers["Content-Type"]
    assert kind.endswith("; charset=utf-8") or not kind.startswith("text/")


@pytest.mark.parametrize("kind", ANSWERS)
def test_answer_of_every_kind_has_its_headers(app: Flask, client: FlaskClient, kind: str) -> None:
    make_account(app, roles=("administrator",))
    method, path, sent, status = ANSWERS[kind]
    answer = client.open(path, method=method, **sent)
    assert answer.status_code == status
    answer.close()
    check_fixed(answer)
    control = answer.headers["Cache-Control"]
    assert control.startswith("public") or control == "no-cache" if kind in PUBLIC else control == "no-store"


def fail() -> Any:
    raise ValueError


def test_answer_after_a_failure_has_them_too(app: Flask, client: FlaskClient) -> None:
    serve_too(app, "/broken", public(fail))
    answer = client.get("/broken")
    assert answer.status_code == 500
    check_fixed(answer)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/login", "/api/v1/protected"])
def test_throttled_answer_has_them_too(make_app: Callable[..., Flask], path: str) -> None:
    client = make_app(LIMIT_PER_ADDRESS="1/1h").test_client()
    client.get(path)
    answer = client.get(path)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    check_fixed(answer)


@pytest.mark.parametrize("path", ["/login", "/nothing", "//odd", "/api/v1/protected", "/healthz"])
def test_browsers_are_not_held_to_https_where_there_is_none(
    make_app: Callable[..., Flask], path: str
) -> None:
    client = make_app(PUBLIC_URL="http://localhost:8000").test_client()
    assert "Strict-Transport-Security" not in client.get(path).headers


def test_everything_personal_is_kept_by_nobody(app: Flask, pages: PageClient) -> None:
    person = make_account(app, roles=("user", "administrator"))
    sign_in(pages, person)
    token = sign_in_by_api(app.test_client(), person)
    personal = ["/account", "/admin/accounts", f"/admin/accounts/{person.id}", "/admin/audit", "/"]
    calls = ["/api/v1/protected", "/api/v1/profile", "/api/v1/sessions"]
    for answer in [pages.client.get(path) for path in personal] + [
        app.test_client().get(path, headers=token) for path in calls
    ]:
        assert answer.status_code < 400
        assert answer.headers["Cache-Control"] == "no-store"


def test_call_answers_differ_by_who_asks(client: FlaskClient) -> None:
    assert client.get("/api/v1/protected").headers["Vary"] == "Authorization, Cookie, Origin"


def test_sign_out_clears_storage_and_no_sibling_cookies(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_account(app))
    token = pages.get("/account").get("input[name=csrf_token]").attributes["value"]
    answer = pages.client.post("/logout", data={"csrf_token": token})
    assert answer.headers["Clear-Site-Data"] == '"storage"'
    assert pages.cookie("__Host-device")
    assert "Clear-Site-Data" not in pages.client.get("/login").headers
