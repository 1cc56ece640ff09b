"""What the person sees after somebody showed a spent token of theirs: the reason, once, and a way on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask

from tests.mailbox import letters_to, path_of
from tests.make import csrf_header, make_account, refresh, sign_in
from tests.page_client import PageClient
from tests.tokens.refresh_world import START
from tests.tokens.shown_tokens import code_of
from webapp.web.cookies import REFRESH, REFRESH_CSRF


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app(SMTP_URL="smtp://127.0.0.1", MAIL_FROM="door@example.org")


@pytest.fixture
def robbed(app: Flask, pages: PageClient, clock: time_machine.Traveller) -> PageClient:
    """Signed in on pages and moved on; a thief has shown the first of their refresh tokens."""
    sign_in(pages, make_account(app, "ada"))
    stolen, csrf = pages.cookie(REFRESH), csrf_header(pages.client)
    for _ in range(2):
        refresh(pages.client)
        clock.shift(120)
    thief = app.test_client(use_cookies=False)
    cookies = f"{REFRESH}={stolen}; {REFRESH_CSRF}={csrf['X-CSRF-TOKEN']}"
    answer = thief.post("/api/v1/refresh", headers={**csrf, "Cookie": cookies})
    assert code_of(answer) == (401, "refresh_token_reused")
    return pages


def test_next_page_says_that_a_token_was_used_twice(robbed: PageClient) -> None:
    page = robbed.get("/account")
    assert page.path == "/login?next=%2Faccount"
    assert "a sign-in token of this session was used a second time" in page.text


def test_person_is_told_by_mail_and_has_a_way_to_secure_the_account(robbed: PageClient, app: Flask) -> None:
    letters = letters_to(app, "ada@example.org", kind="refresh_token_reused")
    assert len(letters) == 1
    assert "was used a second time" in letters[0].paragraphs[0]
    assert "Secure your account" in robbed.get(path_of(letters[0].others[0][1])).text


def test_reason_is_said_once(robbed: PageClient) -> None:
    robbed.get("/account")
    assert "second time" not in robbed.get("/login").text


def test_person_signs_in_again_and_renews_as_ever(robbed: PageClient, app: Flask) -> None:
    robbed.get("/account")
    robbed.submit("/login", username="ada", password="seven quiet lanterns at dusk")
    refresh(robbed.client)
    assert robbed.get("/account").path == "/account"


def test_refused_refresh_leaves_the_cookies_to_the_page(robbed: PageClient) -> None:
    answer = robbed.client.post("/api/v1/refresh", headers=csrf_header(robbed.client))
    assert code_of(answer) == (401, "session_ended")
    assert "Set-Cookie" not in answer.headers
    assert robbed.cookie(REFRESH)
