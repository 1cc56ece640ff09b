"""The pages of the API reference: the description that is served, whole, in groups, to search and to copy from."""

from __future__ import annotations

import json
import shlex
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.make import make_account, sign_in, sign_in_by_api
from tests.page_client import Page, PageClient

if TYPE_CHECKING:
    from flask import Flask


def list_calls(page: Page) -> list[tuple[str, str]]:
    """Method and address of each call that is to be seen."""
    rows = [row for row in page.find_all("li[data-words]") if "hidden" not in row.attributes]
    return [(row.get(".verb").text, row.get(".path").text) for row in rows]


def list_groups(page: Page) -> list[str]:
    return [link.attributes["href"] for link in page.find_all("main [data-group] h2 a")]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_every_call_of_the_description_stands_in_one_group_whole(pages: PageClient, version: str) -> None:
    document = pages.client.get("/openapi.json").get_json()
    described = {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        if f"/{version}/" in path
        for method, operation in methods.items()
    }
    page = pages.get(f"/guide/api?version={version}")
    assert sorted(list_calls(page)) == sorted(described)
    seen = []
    for address in list_groups(page):
        for call in pages.get(address).find_all("main section.panel"):
            heading = call.get("h2")
            key = heading.get(".verb").text, heading.get(".path").text
            seen.append(key)
            operation = described[key]
            assert operation["summary"].replace("`", "") in call.text
            codes = [code.text.split() for code in call.find_all("details .terms dt code")]
            for status, response in operation["responses"].items():
                if status >= "400":
                    assert all([status, code] in codes for code in response["description"].split("`")[1::2])
                else:
                    assert status in [code.text for code in call.find_all("code")]
    assert sorted(seen) == sorted(described)


def test_links_of_the_list_lead_to_their_calls_and_stay_in_their_version(pages: PageClient) -> None:
    page = pages.get("/guide/api?version=v2")
    links = [each.attributes["href"] for each in page.find_all("main h3 a")]
    shown: dict[str, Page] = {}
    for link in links:
        address, _, name = link.partition("#")
        shown[address] = shown.get(address) or pages.get(address)
        assert shown[address].get(f"section[id={name}]").get(".path").text.startswith("/api/v2/"), link
    assert len(links) > 50
    page = pages.get(list_groups(page)[0])
    assert pages.click("a[rel=next]").get(".versions [aria-current]").text == "v2"
    assert pages.click("a[rel=prev]").heading == page.heading


def test_search_finds_calls_by_word_field_scope_and_code(pages: PageClient) -> None:
    pages.get("/guide/api")
    page = pages.submit("#find-form", find=" DISPLAY_name  Patch ")
    assert list_calls(page) == [("PATCH", "/api/v1/profile")]
    assert page.get("#found").text == "1 call found."
    assert len([each for each in page.find_all("[data-group]") if "hidden" not in each.attributes]) == 1
    assert set(list_calls(pages.submit("#find-form", find="refresh_retry"))) == {("POST", "/api/v1/refresh")}
    assert len(list_calls(pages.submit("#find-form", find="session"))) < 20
    assert len(list_calls(pages.submit("#find-form", find="session_ended"))) > 40
    assert ("GET", "/api/v1/admin/connections") in list_calls(pages.submit("#find-form", find="admin:read"))
    page = pages.submit("#find-form", find="<b>'\"no such thing")
    assert list_calls(page) == []
    assert "hidden" not in page.get("#nothing").attributes
    assert len(list_calls(pages.get("/guide/api?find=" + "%20" * 5_000))) > 50


def test_address_that_leads_nowhere_is_not_found(pages: PageClient) -> None:
    for path in ("?version=v3", "?version=", "/nothing", "/profile?version=v9", "/Profile", "/" + "p" * 1000):
        assert pages.get(f"/guide/api{path}").status == 404, path
    assert pages.client.post("/guide/api/profile").status_code == 405


def test_signed_out_reader_is_offered_a_sign_in_and_the_command(app: Flask, pages: PageClient) -> None:
    page = pages.get("/guide/api/sessions")
    assert page.find("form[data-method]") is None
    assert len(page.find_all("pre.command")) == len(page.find_all("main section.panel"))
    person = make_account(app)
    pages.get(page.get(".try a").attributes["href"])
    page = pages.submit("/login", username=person.username, password=person.password)
    assert page.path == "/guide/api/sessions"
    assert len(page.find_all("form[data-method]")) == len(page.find_all("pre.command"))


def test_only_calls_with_an_access_token_are_sent_from_a_page(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_account(app))
    assert pages.get("/guide/api/signing-in").find("form[data-method]") is None
    forms = pages.get("/guide/api/services").find_all("form[data-method]")
    assert [form.attributes["data-method"] for form in forms] == ["GET"]
    page = pages.get("/guide/api/profile")
    assert "eyJ" not in page.html
    for form in page.find_all("form[data-method]"):
        is_asked = form.find("input[type=checkbox][required]") is not None
        assert is_asked == (form.attributes["data-method"] != "GET")
        # Were the script missing, nothing typed would get into an address.
        assert form.attributes["method"] == "dialog"
        assert not [each for each in form.walk() if "name" in each.attributes]


def test_commands_do_what_their_calls_say(app: Flask, pages: PageClient) -> None:
    person, client = make_account(app), app.test_client()
    token = sign_in_by_api(client, person)["Authorization"].split()[1]
    page = pages.get("/guide/api/profile")

    def run(name: str) -> Any:
        text = page.get(f"section[id={name}]").get("pre.command").text
        words = shlex.split(text.replace(" \\ -", " -").replace("$TOKEN", token))
        told = dict(pairwise(words))
        headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
        address = next(word for word in words if "/api/" in word).removeprefix("https://localhost")
        body = told.get("--data-raw")
        return client.open(address, method=told.get("-X", "GET"), headers=headers, data=body)

    assert run("profile-read-profile").get_json()["username"] == person.username
    changed = run("profile-change-profile")
    assert (changed.status_code, changed.get_json()["display_name"]) == (200, "Mara Lind")
    assert json.loads(run("profile-send-proof").data)["error"] == "invalid_proof"
