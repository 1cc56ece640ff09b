"""A form that no browser sends is refused in words, on every page that anybody may send to."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from tests.make import PASSWORD, make_account, make_administrator, make_reset_path, make_setup_path
from tests.page_client import PageClient

PATHS = ("/login", "/register", "/setup", "/reset")
UNREADABLE = [
    (b"", "application/x-www-form-urlencoded"),
    (b"{", "application/json"),
    (b"%ED%A0%80=%FF&password=%00", "application/x-www-form-urlencoded"),
    (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
    (b"x", "multipart/form-data"),
    (b"\xff\xfe", "text/plain"),
]
IMPOSSIBLE = ["\x00", PASSWORD + "\x00", "p" * 1_001, "p" * 60_000, "\ufffd" * 20, "\U0010ffff" * 1_000]


@pytest.fixture(params=PATHS)
def path(request: pytest.FixtureRequest, app: Flask) -> str:
    """The path of a page with a form for strangers."""
    if request.param == "/setup":
        return make_setup_path(app)
    make_administrator(app)
    return make_reset_path(app, make_account(app)) if request.param == "/reset" else request.param


def form_token(pages: PageClient, path: str) -> str:
    return pages.get(path).get("input[name=csrf_token]").attributes["value"]


def test_file_in_the_place_of_a_field_is_no_value(pages: PageClient, path: str) -> None:
    token = form_token(pages, path)
    for field in ("username", "password", "email", "next"):
        data = {"csrf_token": token, field: (BytesIO(b"ada"), "ada.txt")}
        page = pages.post(path, data=data, content_type="multipart/form-data")
        assert page.status == 422, field


def test_json_in_the_place_of_a_form_is_no_form(pages: PageClient, path: str) -> None:
    form_token(pages, path)
    bodies: list[Any] = [[1, 2], {"username": {"a": 1}, "password": 1}, "text", None, 1, [["a"]]]
    for body in bodies:
        assert pages.post(path, json=body).status == 422, body


def test_unreadable_form_is_refused(pages: PageClient, path: str) -> None:
    form_token(pages, path)
    for data, kind in UNREADABLE:
        assert 400 <= pages.post(path, data=data, content_type=kind).status < 423, (data, kind)


def test_password_that_nobody_can_have_is_refused(pages: PageClient, path: str) -> None:
    token = form_token(pages, path)
    for password in IMPOSSIBLE:
        data = {"csrf_token": token, "username": "eve", "email": "eve@example.org", "password": password}
        page = pages.post(path, data=data)
        assert page.status in {401, 422}, password[:20]
        assert password not in page.html, password[:20]


def test_name_with_an_invisible_character_is_pointed_at(pages: PageClient, path: str) -> None:
    token = form_token(pages, path)
    data = {"csrf_token": token, "username": "e\x00ve", "email": "\x00@example.org", "password": "\x00"}
    page = pages.post(path, data=data)
    assert (page.status, "invisible character" in page.text) == (422, True)


def test_body_above_the_bound_is_too_large(pages: PageClient, path: str) -> None:
    token = form_token(pages, path)
    assert pages.post(path, data={"csrf_token": token, "password": "p" * 70_000}).status == 413


def test_form_of_thousands_of_fields_is_answered(pages: PageClient, path: str) -> None:
    token = form_token(pages, path)
    data = {f"f{number}": "" for number in range(3_000)} | {"csrf_token": token}
    assert pages.post(path, data=data).status == 422
