"""Where registration is by invitation, both faces say so, and nobody gets in without one."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.make import OTHER_PASSWORD, make_administrator
from tests.page_client import PageClient


@pytest.fixture
def environment() -> dict[str, str]:
    return {"REGISTRATION": "invite"}


@pytest.mark.parametrize("method", ["get", "post"])
def test_page_says_that_it_takes_an_invitation(app: Flask, pages: PageClient, method: str) -> None:
    make_administrator(app)
    page = getattr(pages, method)("/register")
    assert (page.status, page.heading) == (403, "By invitation only")
    assert "the link that invited you" in page.text


def test_program_is_told_too(app: Flask, client: FlaskClient) -> None:
    make_administrator(app)
    body = {"username": "eve", "email": "eve@example.org", "password": OTHER_PASSWORD}
    answer = client.post("/api/v1/register", json=body)
    assert (answer.status_code, answer.get_json()["error"]) == (403, "registration_closed")
    assert "by invitation" in answer.get_json()["message"]


def test_sign_in_page_offers_no_registration(app: Flask, pages: PageClient) -> None:
    make_administrator(app)
    assert pages.get("/login").find("a[href='/register']") is None
