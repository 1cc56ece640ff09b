"""While the password pool is full, each form for strangers says so and when to try again, and loses nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.make import OTHER_PASSWORD, make_account, make_administrator, make_reset_path, make_setup_path
from tests.page_client import PageClient
from tests.signin.full_pool import FullPool


@pytest.fixture
def full_pool(app: Flask) -> Iterator[FullPool]:
    pool = FullPool(app)
    yield pool
    pool.let_go()


@pytest.mark.parametrize("face", ["register", "setup", "reset"])
def test_form_in_a_rush_says_when_to_send_it_again(
    app: Flask, pages: PageClient, full_pool: FullPool, face: str
) -> None:
    path = make_setup_path(app) if face == "setup" else "/register"
    if face != "setup":
        make_administrator(app)
    if face == "reset":
        path = make_reset_path(app, make_account(app))
    pages.get(path)
    names = {} if face == "reset" else {"username": "eve", "email": "eve@example.org"}
    full_pool.fill(known_device=True)
    page = pages.submit(path, password=OTHER_PASSWORD, **names)
    assert (page.status, page.response.headers["Retry-After"]) == (503, "2")
    full_pool.let_go()
    assert pages.submit(path, password=OTHER_PASSWORD).status == 200


def test_program_in_a_rush_is_told_when_to_send_it_again(app: Flask, full_pool: FullPool) -> None:
    make_administrator(app)
    full_pool.fill(known_device=True)
    body = {"username": "eve", "email": "eve@example.org", "password": OTHER_PASSWORD}
    response = app.test_client().post("/api/v1/register", json=body)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    full_pool.let_go()
    assert app.test_client().post("/api/v1/register", json=body).status_code == 202
