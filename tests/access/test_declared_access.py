"""Nothing is reachable by oversight: every endpoint says who may call it, and what tries secrets is limited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.servers.shared_routes import serve_too
from webapp.access.guards import UNSAFE, Access, public
from webapp.web.application import UndeclaredAccess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from werkzeug.routing import Rule

# They change nothing that is worth guessing at: ending one's own session, choosing light or dark.
TRIES_NO_SECRET = {"signin.logout", "profile.appearance", "api_v1.signin.logout", "api_v2.signin.logout"}
LIMITED = {"auth", "joining", "free"}


def rules(app: Flask) -> Iterator[tuple[Rule, Access, Any]]:
    for rule in app.url_map.iter_rules():
        view: Any = app.view_functions[rule.endpoint]
        yield rule, view.access, view


@pytest.mark.parametrize("path", ["/x", "/api/v1/x", "/static/x"])
def test_endpoint_without_declared_access_is_refused(app: Flask, path: str) -> None:
    with pytest.raises(UndeclaredAccess, match=path):
        app.add_url_rule(path, "x", lambda: "open to all")
    assert app.test_client().get(path).status_code == 404


def test_route_without_a_view_is_refused(app: Flask) -> None:
    with pytest.raises(UndeclaredAccess):
        app.add_url_rule("/x", "x")


def test_declared_endpoint_is_served(app: Flask) -> None:
    serve_too(app, "/x", public(lambda: "here"))
    assert app.test_client().get("/x").text == "here"


def test_every_endpoint_of_the_application_declares_its_access(app: Flask) -> None:
    kinds = {rule.endpoint: access.kind for rule, access, _ in rules(app)}
    assert len(kinds) > 30
    assert set(kinds.values()) == {
        "public",
        "public_api",
        "page",
        "bearer",
        "forwarded",
        "client",
        "refresh_cookie",
        "refresh_cookie_alone",
    }


def test_every_address_below_admin_needs_a_scope_and_its_writes_a_fresh_proof(app: Flask) -> None:
    for rule, access, _ in rules(app):
        if rule.rule.startswith("/admin"):
            assert access.kind == "page", rule
            is_write = bool(UNSAFE & (rule.methods or set()))
            # Whoever may look may take what they see along. Which scope each needs: tests/attacks/admin.
            is_export = "/export" in rule.rule
            assert access.scope in {"admin:write", "admin:support"} or is_export or not is_write, rule
            assert (access.scope or "").startswith("admin:"), rule
            assert access.proof or not is_write, rule


def test_nothing_below_api_but_the_question_of_a_proxy_is_opened_by_the_page_cookie(app: Flask) -> None:
    kinds = {access.kind for rule, access, _ in rules(app) if rule.rule.startswith("/api/")}
    assert kinds == {"public_api", "bearer", "forwarded", "client", "refresh_cookie", "refresh_cookie_alone"}
    asked = {rule.rule: rule.methods for rule, access, _ in rules(app) if access.kind == "forwarded"}
    assert asked == {f"/api/{version}/verify": {"GET", "HEAD"} for version in ("v1", "v2")}


def test_every_open_endpoint_that_changes_something_has_a_limit_of_its_own(app: Flask) -> None:
    unmarked = {
        rule.endpoint
        for rule, access, view in rules(app)
        if access.kind in {"public", "public_api", "refresh_cookie", "client"}
        and UNSAFE & (rule.methods or set())
        and getattr(view, "latchkey_limits", None) not in LIMITED
    }
    assert unmarked == TRIES_NO_SECRET


def test_what_checks_a_password_behind_a_token_is_limited_too(app: Flask) -> None:
    marks = {rule.rule: getattr(view, "latchkey_limits", None) for rule, _, view in rules(app)}
    for version in ("v1", "v2"):
        assert marks[f"/api/{version}/proof"] == "auth"
        assert marks[f"/api/{version}/password"] == "auth"
        assert marks[f"/api/{version}/login"] == "auth"
        assert marks[f"/api/{version}/login/mfa"] == "auth"
    assert marks["/login/factor"] == "auth"


def test_only_probes_files_and_documents_do_without_the_database(app: Flask) -> None:
    without = {rule.endpoint for rule, _, view in rules(app) if getattr(view, "needs_no_database", False)}
    documents = {"openapi", "server_metadata", "change_password", "security_contact", "passkey_endpoints"}
    probes = {f"ops.{name}" for name in ("alive", "ready", "metrics", *documents)}
    assert without == probes | {"keys.jwks", "assets", "icon"}
