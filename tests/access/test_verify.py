"""`GET /verify`: what reverse proxies learn about a call, by its token or by the page session of its browser."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from tests.make import make_account, make_administrator, sign_in, sign_in_by_api
from tests.page_client import PageClient
from tests.tokens.shown_tokens import Holder, code_of
from webapp.accounts import service as accounts
from webapp.core import clock
from webapp.infra.database import unit_of_work
from webapp.web.cookies import PAGE_SESSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from werkzeug.test import TestResponse

CALL = "/api/v1/verify"
PROXY = {"TRUSTED_PROXIES": "10.0.0.0/8"}
FROM_PROXY = {"REMOTE_ADDR": "10.0.0.9"}


def ask(
    app: Flask, query: str = "", *, proxy: bool = True, method: str = "GET", **headers: Any
) -> TestResponse:
    """As a proxy asks: from its own address, under a name of its own, with its caller's headers."""
    client = app.test_client(use_cookies=False)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    environ = FROM_PROXY if proxy else {}
    return client.open(f"{CALL}{query}", method=method, headers=sent, environ_overrides=environ)


@pytest.fixture
def environment() -> dict[str, str]:
    return PROXY


@pytest.fixture
def holder(app: Flask) -> Holder:
    return Holder(app, make_account(app, "ada"))


@pytest.fixture
def cookie(app: Flask, holder: Holder) -> str:
    """The page session of the same person, as a Cookie header."""
    pages = PageClient(app.test_client())
    sign_in(pages, holder.person)
    return f"{PAGE_SESSION}={pages.cookie(PAGE_SESSION)}"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_good_token_passes_and_says_whose_it_is(app: Flask, holder: Holder, method: str) -> None:
    answer = ask(app, method=method, Authorization=f"Bearer {holder.access_token}", Host="latchkey:8000")
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["X-Auth-Subject"] == holder.person.id
    assert answer.headers["X-Auth-Username"] == "ada"
    assert answer.headers["X-Auth-Scopes"] == "read:profile write:profile"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_name_outside_of_ascii_is_percent_encoded(app: Flask) -> None:
    holder = Holder(app, make_account(app, "jürgen.ö"))
    answer = ask(app, Authorization=f"Bearer {holder.access_token}")
    assert answer.headers["X-Auth-Username"] == "j%C3%BCrgen.%C3%B6"


SCOPES = {
    "?scope=read:profile": 204,
    "?scope=read:profile+write:profile": 204,
    "?scope=read:profile,write:profile": 204,
    "?scope=read:profile&scope=write:profile": 204,
    "?scope=": 204,
    "?scope=admin:read": 403,
    "?scope=read:profile,admin:read": 403,
    "?scope=read:profile&scope=admin:read": 403,
    "?scope=READ:PROFILE": 403,
    '?scope=x"y': 422,
    "?scope=%0d%0aX:%20y%5c": 422,
    "?scope=" + "a+" * 21: 422,
    "?scope=%C3%BC": 422,
}


def test_every_scope_asked_for_is_needed(app: Flask, holder: Holder) -> None:
    token = f"Bearer {holder.access_token}"
    assert {query: ask(app, query, Authorization=token).status_code for query in SCOPES} == SCOPES
    refused = ask(app, "?scope=read:profile,admin:read", Authorization=token)
    wanted = 'Bearer error="insufficient_scope", scope="admin:read read:profile"'
    assert refused.headers["WWW-Authenticate"] == wanted
    assert "X-Auth-Subject" not in refused.headers


def test_call_without_or_with_a_bad_token_is_refused(app: Flask, holder: Holder, cookie: str) -> None:
    nobody = ask(app, X_Forwarded_Method="GET")
    assert (code_of(nobody), nobody.headers["WWW-Authenticate"]) == ((401, "token_missing"), "Bearer")
    bad = ask(app, Authorization=f"Bearer {holder.access_token}x", Cookie=cookie, X_Forwarded_Method="GET")
    assert code_of(bad) == (401, "invalid_token")
    assert bad.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert code_of(ask(app, Authorization="Basic YTpi", Cookie=cookie)) == (401, "token_missing")


def test_role_lock_and_sign_out_count_at_the_next_question(app: Flask) -> None:
    make_administrator(app)
    holder = Holder(app, make_administrator(app))
    token = f"Bearer {holder.access_token}"
    assert ask(app, "?scope=admin:read", Authorization=token).status_code == 204
    with app.app_context(), unit_of_work():
        accounts.change_roles(accounts.get_account(holder.person.id), ["user"], actor_id=holder.person.id)
    assert ask(app, "?scope=admin:read", Authorization=token).status_code == 403
    with app.app_context(), unit_of_work():
        accounts.lock(accounts.get_account(holder.person.id), "for this test", actor_id=None)
    assert code_of(ask(app, Authorization=token)) == (401, "session_ended")


APP = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "app.example.org"}
# What the trusted proxy, or whoever sent the call, says of it.
SAID: list[tuple[dict[str, Any], int]] = [
    ({"X_Forwarded_Method": "GET"}, 204),
    ({"X_Forwarded_Method": "head"}, 204),
    ({"X_Original_Method": "GET"}, 204),
    ({"X_Forwarded_Method": "GET", "Origin": "https://app.example.org", **APP}, 204),
    ({"X_Forwarded_Method": "GET", "Origin": "https://sibling.example.org", **APP}, 401),
    ({"X_Forwarded_Method": "GET", "Origin": "https://app.example.org"}, 401),
    ({}, 204),
    ({"Origin": "https://app.example.org"}, 401),
    ({"Origin": "null"}, 401),
    ({"X_Forwarded_Method": "POST"}, 401),
    ({"X_Original_Method": "DELETE"}, 401),
    ({"X_Forwarded_Method": "GET", "X_Original_Method": "POST"}, 401),
    ({"X_Forwarded_Method": "POST", "X_Original_Method": "GET"}, 401),
    ({"X_Forwarded_Method": "GET, POST"}, 401),
    ({"X_Forwarded_Method": ""}, 401),
]
LIES: list[tuple[dict[str, Any], int]] = [
    ({"X_Forwarded_Method": "GET", "Origin": "https://localhost"}, 401),
    ({"X_Original_Method": "GET", "Origin": "https://evil.example"}, 401),
    ({"X_Forwarded_Method": "GET", "Origin": "null", "X_Forwarded_For": "10.0.0.9"}, 401),
    ({"X_Forwarded_Method": "POST"}, 401),
    ({"X_Forwarded_Method": "GET"}, 204),
    ({}, 204),
]


def test_page_session_passes_for_calls_that_change_nothing(app: Flask, cookie: str) -> None:
    wrong = [(said, wanted) for said, wanted in SAID if ask(app, Cookie=cookie, **said).status_code != wanted]
    assert wrong == []


def test_stranger_is_not_believed_that_a_call_is_safe(app: Flask, cookie: str) -> None:
    wrong = [
        (said, wanted)
        for said, wanted in LIES
        if ask(app, proxy=False, Cookie=cookie, **said).status_code != wanted
    ]
    assert wrong == []


def test_page_session_that_ended_or_lies_idle_is_refused_and_no_cookie_set(app: Flask) -> None:
    ada = make_administrator(app, "ada")
    make_administrator(app)
    pages = PageClient(app.test_client())
    sign_in(pages, ada)
    cookie = f"{PAGE_SESSION}={pages.cookie(PAGE_SESSION)}"
    assert ask(app, "?scope=admin:write", Cookie=cookie).status_code == 204
    with time_machine.travel(clock.now() + timedelta(minutes=31), tick=False):
        assert ask(app, Cookie=cookie).get_json()["cause"] == "idle"
    sign_in(pages, ada)
    cookie = f"{PAGE_SESSION}={pages.cookie(PAGE_SESSION)}"
    pages.submit("/logout")
    ended = ask(app, Cookie=cookie)
    assert (code_of(ended), "Set-Cookie" in ended.headers) == ((401, "session_ended"), False)
    assert code_of(ask(app, Cookie=cookie[:-4] + "AAAA")) == (401, "token_missing")


def test_only_refusals_are_counted_by_address(make_app: Callable[..., Flask]) -> None:
    app = make_app(LIMIT_PER_ADDRESS="3/h", **PROXY)
    token = f"Bearer {Holder(app).access_token}"
    assert [ask(app, Authorization=token).status_code for _ in range(6)] == [204] * 6
    refused = [ask(app, Authorization="Bearer a.b.c").status_code for _ in range(4)]
    assert refused == [401, 401, 401, 429]
    assert ask(app, Authorization=token).status_code == 204


def test_person_who_lacks_a_required_second_factor_passes_nowhere(make_app: Callable[..., Flask]) -> None:
    app = make_app(**PROXY, REQUIRE_MFA_FOR="user")
    authorization = sign_in_by_api(app.test_client(), make_account(app))["Authorization"]
    refused = ask(app, Authorization=authorization)
    assert code_of(refused) == (403, "insufficient_scope")
    assert "asks for a second factor" in refused.get_json()["message"]
