"""Light, dark or the system's choice: remembered in a cookie that can say nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.page_client import PageClient


def choose(pages: PageClient, theme: str, next_path: str = "/register") -> str:
    token = pages.get("/login").get("input[name=csrf_token]").attributes["value"]
    data = {"csrf_token": token, "theme": theme, "next": next_path}
    return str(pages.client.post("/appearance", data=data).headers["Location"])


@pytest.mark.parametrize("theme", ["system", "light", "dark"])
def test_choice_shows_on_the_next_page(pages: PageClient, theme: str) -> None:
    assert choose(pages, theme) == "/register"
    assert pages.get("/login").get("html").attributes["data-theme"] == theme


@pytest.mark.parametrize(
    "theme", ["", "Dark", "dark ", "blue", "<script>", 'dark" onload="x', "dark; Path=/x", "d" * 9_000]
)
def test_any_other_value_is_not_remembered(pages: PageClient, theme: str) -> None:
    choose(pages, theme)
    assert pages.cookie("__Host-theme") is None


@pytest.mark.parametrize("value", ["blue", '"><script>', "dark%00", "x" * 4_000, "DARK"])
def test_cookie_that_somebody_wrote_is_not_believed(pages: PageClient, value: str) -> None:
    pages.client.set_cookie("__Host-theme", value)
    assert pages.get("/login").get("html").attributes["data-theme"] == "system"


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x"]
)
def test_choice_leads_nowhere_else(pages: PageClient, target: str) -> None:
    assert choose(pages, "dark", target) == "/"


def test_cookie_is_kept_from_scripts_and_other_hosts(pages: PageClient) -> None:
    choose(pages, "dark")
    cookie = pages.client.get_cookie("__Host-theme")
    assert cookie is not None
    assert (cookie.secure, cookie.http_only, cookie.same_site, cookie.path) == (True, True, "Lax", "/")
