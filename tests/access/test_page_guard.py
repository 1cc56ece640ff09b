"""Pages for people who are signed in, and every form's CSRF value."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.routing import AnyConverter

from tests.make import make_account, make_administrator, sign_in
from webapp.access.guards import UNSAFE

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.routing import Rule
    from werkzeug.test import TestResponse

    from tests.page_client import PageClient


@pytest.fixture
def environment() -> dict[str, str]:
    """With mail, so that every form there can be is there."""
    return {"SMTP_URL": "smtp://127.0.0.1:9", "MAIL_FROM": "latchkey@example.org"}


PAGES = [
    "/account",
    "/admin",
    "/admin/accounts",
    "/admin/accounts?q=a%26b",
    "/admin/audit",
    "/admin/accounts/x/lock",
]


@pytest.mark.parametrize("path", PAGES)
def test_page_of_somebody_signed_out_leads_to_sign_in_and_back(pages: PageClient, path: str) -> None:
    answer = pages.client.get(path)
    target = urlsplit(answer.headers["Location"])
    assert (answer.status_code, target.path) == (303, "/login")
    assert parse_qs(target.query)["next"] == [path]


@pytest.mark.parametrize("path", PAGES[1:])
def test_console_is_closed_to_people_without_its_scope(app: Flask, pages: PageClient, path: str) -> None:
    sign_in(pages, make_account(app))
    page = pages.get(path)
    assert page.status == 403
    assert page.heading == "Not allowed"


def form_paths(app: Flask) -> list[str]:
    return sorted(
        rule.build(made_up_values(rule), append_unknown=False)[1]  # type: ignore[index]
        for rule in app.url_map.iter_rules()
        if UNSAFE & (rule.methods or set()) and not rule.rule.startswith("/api/")
    )


def made_up_values(rule: Rule) -> dict[str, str]:
    """An id for each part of the path, and one of the words where it is one of some."""
    parts = rule._converters.items()
    return {name: min(part.items) if isinstance(part, AnyConverter) else "a" * 26 for name, part in parts}


def is_refused(answer: TestResponse) -> bool:
    """An error page, or the form again: never a redirect to what comes after success."""
    return answer.status_code in {400, 410, 422}


@pytest.mark.parametrize("token", [None, "", "x", "a.b.c", "\x00", "é", "Ij" * 2_000])
def test_form_without_its_own_csrf_value_is_refused_everywhere(
    app: Flask, pages: PageClient, token: str | None
) -> None:
    sign_in(pages, make_administrator(app))
    paths = form_paths(app)
    assert len(paths) >= 12
    for path in paths:
        answer = pages.client.post(path, data={} if token is None else {"csrf_token": token})
        assert is_refused(answer), path


def test_csrf_value_of_another_browser_is_refused(app: Flask, pages: PageClient) -> None:
    person = make_administrator(app)
    other = app.test_client()
    foreign = type(pages)(other).get("/login").get("input[name=csrf_token]").attributes["value"]
    sign_in(pages, person)
    assert pages.client.post("/logout", data={"csrf_token": foreign}).status_code == 400
    assert pages.get("/account").path == "/account"


def test_csrf_value_in_the_address_or_a_header_does_not_count(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_account(app))
    own = pages.get("/account").get("input[name=csrf_token]").attributes["value"]
    assert pages.client.post(f"/logout?csrf_token={own}").status_code == 400
    assert pages.client.post("/logout", headers={"X-CSRFToken": own}).status_code == 400
    assert pages.client.post("/logout", data={"csrf_token": own}).status_code == 303


def test_form_of_the_console_is_closed_to_people_without_its_scope(app: Flask, pages: PageClient) -> None:
    target = make_account(app)
    sign_in(pages, make_account(app))
    own = pages.get("/account").get("input[name=csrf_token]").attributes["value"]
    for act in ("names", "roles", "verify-address", "unlock", "reset-link", "lock", "end-sessions"):
        answer = pages.client.post(f"/admin/accounts/{target.id}/{act}", data={"csrf_token": own})
        assert answer.status_code == 403, act
