"""Back to another application after signing in: to an address registered letter for letter, and to no other."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.make import entered, make_account, sign_in
from tests.page_client import PageClient
from webapp.infra.database import unit_of_work
from webapp.signin.return_addresses import add_return_address

if TYPE_CHECKING:
    from flask import Flask

ADDRESS = "https://app.example.org:8443/signed-in?from=latchkey&x=%2F"
ORIGIN = "https://app.example.org:8443"


@pytest.fixture
def pages(app: Flask) -> PageClient:
    with entered(app), unit_of_work():
        add_return_address(ADDRESS)
    return PageClient(app.test_client())


def login(target: str) -> str:
    return f"/login?next={quote(target, safe='')}"


def allowed(response: object) -> str:
    """Where the page's forms may lead."""
    policy = str(response.headers["Content-Security-Policy"])  # type: ignore[attr-defined]
    return next(each.strip() for each in policy.split(";") if "form-action" in each)


@pytest.mark.database
def test_sign_in_leads_back_to_the_registered_address(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    page = pages.get(login(ADDRESS))
    fields = {name: page.get(f"input[name={name}]").attributes["value"] for name in ("csrf_token", "next")}
    who = {"username": person.username, "password": person.password}
    refused = pages.client.post("/login", data={**fields, **who, "password": "not it"})
    answer = pages.client.post("/login", data={**fields, **who})
    assert (answer.status_code, answer.headers["Location"]) == (303, ADDRESS)
    assert refused.status_code == 401
    assert ADDRESS.replace("&", "&amp;") in refused.text
    assert allowed(refused) == f"form-action 'self' {ORIGIN}"


def test_policy_of_the_page_names_the_origin_only_where_it_is_needed(pages: PageClient) -> None:
    for path in (login(ADDRESS), login(ADDRESS) + "&confirm"):
        assert allowed(pages.get(path).response) == f"form-action 'self' {ORIGIN}"
    for path in (
        "/login",
        login("/account"),
        login("https://evil.example/"),
        f"/register?next={quote(ADDRESS)}",
    ):
        assert allowed(pages.get(path).response) == "form-action 'self'", path


def test_person_who_is_signed_in_goes_there_at_once(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_account(app))
    assert pages.client.get(login(ADDRESS)).headers["Location"] == ADDRESS


def test_address_that_differs_in_one_letter_leads_nowhere(app: Flask, pages: PageClient) -> None:
    near = [
        ADDRESS + "/", ADDRESS[:-1], ADDRESS.replace("%2F", "%2f"), ADDRESS.replace("app", "App"), ADDRESS + "#x",
        ADDRESS.replace("https", "http"), ADDRESS.replace(":8443", ""), f" {ADDRESS}x", ADDRESS + "\x00",
        ADDRESS.replace("app.", "user@app."), ADDRESS + "\n", ORIGIN, ADDRESS + "&y", "%" * 400, ADDRESS + "\udcff",
    ]  # fmt: skip
    assert {
        pages.get(login(each.encode("utf-8", "surrogateescape").decode("latin-1")))
        .get("input[name=next]")
        .attributes["value"]
        for each in near
    } == {""}
    sign_in(pages, make_account(app))
    assert {pages.client.get(login(each[:-1])).headers["Location"] for each in (ADDRESS, ORIGIN)} == {
        "/account"
    }


def test_address_leads_from_no_other_page(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_account(app))
    token = pages.get("/login?confirm").get("input[name=csrf_token]").attributes["value"]
    for path in ("/appearance", "/logout"):
        data = {"csrf_token": token, "theme": "dark", "next": ADDRESS}
        assert pages.client.post(path, data=data).headers["Location"] in {"/", "/login"}
