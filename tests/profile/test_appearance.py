"""Light or dark is remembered by the browser, and the page that follows is in it."""

from __future__ import annotations

import pytest

from tests.page_client import PageClient
from tests.signin.faces import set_cookies


def choose(pages: PageClient, theme: str, **more: str) -> dict[str, dict[str, str]]:
    token = pages.get("/login").get("input[name=csrf_token]").attributes["value"]
    data = {"csrf_token": token, "theme": theme, **more}
    return set_cookies(pages.client.post("/appearance", data=data))


@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_choice_is_remembered_for_a_year(pages: PageClient, theme: str) -> None:
    cookie = choose(pages, theme)["__Host-theme"]
    assert (cookie["value"], cookie["max-age"], cookie["samesite"]) == (theme, "31536000", "Lax")
    shown = "" if theme == "system" else theme
    assert pages.get("/login").get("html").attributes.get("data-theme", "") in {theme, shown}


@pytest.mark.parametrize("theme", ["", "pink", "dark\r\nx: y", "x" * 5_000, "\x00"])
def test_anything_else_is_not_remembered(pages: PageClient, theme: str) -> None:
    assert "__Host-theme" not in choose(pages, theme)


def test_person_stays_where_they_chose(pages: PageClient) -> None:
    token = pages.get("/forgot-password").get("input[name=csrf_token]").attributes["value"]
    data = {"csrf_token": token, "theme": "dark", "next": "/forgot-password"}
    assert pages.post("/appearance", data=data).path == "/forgot-password"


def test_cookie_that_was_made_up_changes_nothing(pages: PageClient) -> None:
    pages.client.set_cookie("__Host-theme", '"><b>', domain="localhost", secure=True)
    assert '"><b>' not in pages.get("/login").html


def test_choice_without_its_csrf_value_is_refused(pages: PageClient) -> None:
    assert pages.post("/appearance", data={"theme": "dark"}).status == 400
