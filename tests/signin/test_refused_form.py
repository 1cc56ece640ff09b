"""A form whose CSRF value does not fit is shown again with what was typed, and works the second time."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.make import make_account
from tests.page_client import PageClient
from tests.signin.faces import events_of

VALUES: list[dict[str, str]] = [
    {},
    {"csrf_token": ""},
    {"csrf_token": "x"},
    {"csrf_token": "a.b.c"},
    {"csrf_token": "\u00e9" * 300},
]


@pytest.mark.parametrize("value", VALUES)
def test_refused_form_keeps_what_was_typed_and_tries_nothing(
    app: Flask, pages: PageClient, value: dict[str, str]
) -> None:
    person = make_account(app)
    pages.get("/login")
    typed = {"username": person.username, "password": person.password, "next": "/account?tab=1"}
    page = pages.post("/login", data=typed | value)
    assert page.status == 422
    assert page.get("input[name=username]").attributes["value"] == person.username
    assert page.get("input[name=next]").attributes["value"] == "/account?tab=1"
    assert person.password not in page.html
    assert events_of(app, "login.succeeded") == []


def test_form_that_is_shown_again_can_be_sent(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    pages.post("/login", data={"username": person.username, "password": person.password})
    page = pages.submit("/login", username=person.username, password=person.password)
    assert page.path == "/account"


def test_value_of_another_browser_does_not_fit(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    theirs = PageClient(app.test_client()).get("/login").get("input[name=csrf_token]").attributes["value"]
    pages.get("/login")
    data = {"csrf_token": theirs, "username": person.username, "password": person.password}
    page = pages.post("/login", data=data)
    assert (page.status, "Nothing is lost: send it again." in page.text) == (422, True)


def test_browser_that_keeps_no_cookies_is_told_so(app: Flask) -> None:
    pages = PageClient(app.test_client(use_cookies=False))
    token = pages.get("/login").get("input[name=csrf_token]").attributes["value"]
    page = pages.post("/login", data={"csrf_token": token, "username": "ada", "password": "x"})
    assert (page.status, "Allow cookies" in page.text) == (422, True)
