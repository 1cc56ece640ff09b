"""The account area's addresses: each is the same shell, which begins with the view that the address names."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.make import make_account, make_administrator, sign_in
from tests.page_client import PageClient

VIEWS = {
    "/account": "Overview",
    "/account/security": "Security",
    "/account/devices": "Devices",
    "/account/activity": "Activity",
    "/account/connections": "Connections",
    "/account/token": "Token",
}


@pytest.mark.parametrize(("path", "label"), VIEWS.items())
def test_each_view_has_an_address_and_its_place_in_the_rail(
    app: Flask, pages: PageClient, path: str, label: str
) -> None:
    sign_in(pages, make_account(app, "mara"))
    page = pages.get(path)
    present = page.find_all(".rail a[aria-current=page]")
    assert [(each.text, each.attributes["href"]) for each in present] == [(label, path)]
    assert page.heading == ("Hello, mara" if label == "Overview" else label)
    assert [each.attributes["href"] for each in page.find_all(".rail a")] == [*VIEWS, "/guide"]


def test_unknown_view_leads_to_the_overview(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_account(app))
    assert pages.get("/account/nothing").path == "/account"
    assert pages.get("/account/Security").path == "/account"


def test_page_says_what_works_without_javascript(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_administrator(app))
    links = [each.attributes["href"] for each in pages.get("/account").find_all("noscript a")]
    assert links == ["/account/second-step", "/account/address", "/account/departure", "/admin"]
    for path in links:
        assert pages.get(path).status == 200, path


def test_administration_is_offered_to_administrators_only(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_account(app))
    assert pages.get("/account").find("a[href=/admin]") is None


def test_shell_shows_no_secret_and_names_whose_it_is(app: Flask, pages: PageClient) -> None:
    person = make_account(app, "mara")
    sign_in(pages, person)
    page = pages.get("/account/token")
    assert page.get("body").attributes["data-account-id"] == person.id
    assert "eyJ" not in page.html


@pytest.mark.parametrize("path", [*VIEWS, "/account/nothing"])
def test_signed_out_visitor_is_asked_to_sign_in_and_comes_back(
    app: Flask, pages: PageClient, path: str
) -> None:
    make_account(app, "mara")
    assert pages.get(path).path.startswith("/login?next=%2Faccount")


def test_views_take_no_form(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_account(app))
    assert pages.client.post("/account/token").status_code == 405
