"""The guide's pages: open to everybody, in one order, with this server's own settings and nobody's token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from tests.make import make_account, sign_in
from tests.page_client import PageClient
from webapp.guide.chapters import CHAPTERS

if TYPE_CHECKING:
    from collections.abc import Callable

PATHS = ["/guide", *(chapter.path for chapter in CHAPTERS)]


def test_reader_goes_through_the_chapters_in_order(pages: PageClient) -> None:
    page = pages.get("/guide")
    assert [link.attributes["href"] for link in page.find_all("main ol a")] == PATHS[1:]
    page = pages.get(PATHS[1])
    seen = [page.path]
    while page.find("a[rel=next]"):
        page = pages.click("a[rel=next]")
        seen.append(page.path)
        present = page.get(".rail a[aria-current=page]")
        assert (present.attributes["href"], present.text) == (page.path, page.heading)
    assert seen == [*PATHS[1:], "/guide/api"]
    page = pages.get(PATHS[-1])
    while page.find("a[rel=prev]"):
        page = pages.click("a[rel=prev]")
    assert page.path == PATHS[1]


def test_page_holds_no_token_and_marks_its_sample(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_account(app, "mara"))
    for path in PATHS:
        page = pages.get(path)
        assert "eyJ" not in page.html, path
        samples, parts = page.find_all("[data-whose]"), page.find_all("[data-part]")
        assert {each.text for each in samples} <= {"Sample"}, path
        assert bool(samples) == bool(parts), path
        assert page.get(".who-name").text == "mara"


def test_signed_out_reader_is_asked_to_sign_in_where_a_token_is_needed_and_comes_back(
    app: Flask, pages: PageClient
) -> None:
    person = make_account(app, "mara")
    page = pages.get("/guide/refresh")
    assert page.find("button[data-try=renew]") is None
    assert "data-account-id" not in page.get("body").attributes
    pages.get(page.get("#try-renew a").attributes["href"])
    page = pages.submit("/login", username=person.username, password=person.password)
    assert page.path == "/guide/refresh"
    assert page.find("button[data-try=renew]") is not None
    assert page.get("body").attributes["data-account-id"] == person.id


def test_settings_in_force_stand_in_the_text(make_app: Callable[..., Flask]) -> None:
    other = make_app(
        ACCESS_TOKEN_LIFETIME="540",
        JWKS_MAX_AGE="420",
        JWT_ALGORITHM="EdDSA",
        KEY_ROTATION_INTERVAL="7776000",
        SESSION_IDLE_LIMIT="259200",
    )
    reader = PageClient(other.test_client())
    keys = reader.get("/guide/keys").text
    assert "every 90 days" in keys
    assert "New keys here are for EdDSA" in keys
    assert "up to 7 minutes" in keys
    assert "lives for 9 minutes" in reader.get("/guide/access-tokens").text
    assert "after 3 days without use" in reader.get("/guide/signing-in").text


def test_installation_with_front_ends_elsewhere_says_that_it_binds_nothing(
    make_app: Callable[..., Flask],
) -> None:
    other = make_app(CORS_ORIGINS="https://app.example.org")
    reader = PageClient(other.test_client())
    assert "so its own pages bind nothing" in reader.get("/guide/binding").text


def test_unknown_chapter_is_not_found(pages: PageClient) -> None:
    for path in ("/guide/nothing", "/guide/Keys", "/guide/keys/more", "/guide/" + "k" * 1000):
        assert pages.get(path).status == 404, path


def test_pages_take_no_form(app: Flask) -> None:
    assert app.test_client().post("/guide/refresh").status_code == 405
