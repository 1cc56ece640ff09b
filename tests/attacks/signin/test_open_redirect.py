"""`next` is a path on this site or it is nothing, in the link, in the form and behind every encoding."""

from __future__ import annotations

from urllib.parse import quote, urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.make import make_account, sign_in
from tests.page_client import PageClient

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    "https://evil.example",
    "https:evil.example",
    "https:/\\evil.example",
    "http:///evil.example",
    "//localhost@evil.example",
    "https://localhost@evil.example/",
    "https://localhost.evil.example/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "/javascript:alert(1)\n//evil.example",
    "data:text/html,x",
    "evil.example",
    "account",
    "/account\r\nSet-Cookie: a=b",
    "/\u2028/evil.example",
    "/\uff0f/evil.example",
    "/" + "a" * 5_000,
    "/login",
    "/login?next=/login",
    "/logout",
    "",
]
ENCODED = [
    "/%2F/evil.example",
    "/%2fevil.example",
    "/%5Cevil.example",
    "/.//evil.example",
    "/..//evil.example",
]
HERE = ["/account", "/admin/accounts?q=a%20b&state=locked", "/account?x=//evil.example", "/a/b-c_d~e.f"]


def send(client: FlaskClient, app: Flask, target: str) -> str:
    """Where a sign-in whose form carries `target` leads to."""
    person = make_account(app)
    token = PageClient(client).get("/login").get("input[name=csrf_token]").attributes["value"]
    data = {
        "csrf_token": token,
        "username": person.username,
        "password": person.password,
        "next": target,
    }
    response = client.post("/login", data=data)
    assert response.status_code == 303
    return str(response.headers["Location"])


@pytest.mark.parametrize("target", ELSEWHERE)
def test_form_that_names_another_place_leads_to_the_account(
    app: Flask, client: FlaskClient, target: str
) -> None:
    assert send(client, app, target) == "/account"


@pytest.mark.parametrize("target", [each for each in ELSEWHERE if len(each) < 3_000])
def test_link_that_names_another_place_is_not_carried_on(pages: PageClient, target: str) -> None:
    page = pages.get(f"/login?next={quote(target, safe='')}")
    assert page.get("input[name=next]").attributes["value"] == ""


@pytest.mark.parametrize("target", ENCODED)
def test_encoded_path_stays_on_this_host(app: Flask, client: FlaskClient, target: str) -> None:
    location = urljoin("https://localhost/login", send(client, app, target))
    assert urlsplit(location).netloc == "localhost"


@pytest.mark.parametrize("target", HERE)
def test_local_path_is_kept_as_it_is(app: Flask, client: FlaskClient, target: str) -> None:
    assert send(client, app, target) == target


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_person_who_is_signed_in_is_not_sent_away_either(app: Flask, pages: PageClient, target: str) -> None:
    sign_in(pages, make_account(app))
    response = pages.client.get(f"/login?next={quote(target, safe='')}")
    assert response.headers["Location"] == "/account"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_choice_of_appearance_leads_nowhere_else(pages: PageClient, target: str) -> None:
    token = pages.get("/login").get("input[name=csrf_token]").attributes["value"]
    data = {"csrf_token": token, "theme": "dark", "next": target}
    assert pages.client.post("/appearance", data=data).headers["Location"] == "/"
