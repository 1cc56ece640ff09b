"""`GET /api/v2/verify`: a bound token passes with a proof made for the call that a trusted proxy asks about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.make import make_account
from tests.tokens.dpop_key import BoundCaller

if TYPE_CHECKING:
    from flask import Flask

CALLED = "https://app.example.org/reports/7"
ABOUT = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "app.example.org",
    "X-Forwarded-Uri": "/reports/7?page=2",
}


@pytest.fixture
def environment() -> dict[str, str]:
    return {"TRUSTED_PROXIES": "10.0.0.0/8", "TRUSTED_HOSTS": "app.example.org"}


@pytest.fixture
def caller(app: Flask) -> BoundCaller:
    return BoundCaller(app.test_client(), make_account(app))


def ask(caller: BoundCaller, headers: dict[str, str], peer: str = "10.0.0.9") -> int:
    client = caller.client
    return client.get("/api/v2/verify", headers=headers, environ_overrides={"REMOTE_ADDR": peer}).status_code


def test_proof_is_held_against_the_call_the_proxy_asks_about(caller: BoundCaller) -> None:
    def asked(about: dict[str, str], method: str, url: str, peer: str = "10.0.0.9") -> int:
        return ask(caller, {**about, **caller.key.headers(method, url, caller.token)}, peer)

    post = {**ABOUT, "X-Forwarded-Method": "POST"}
    assert asked(post, "POST", CALLED) == 204
    assert asked({**ABOUT, "X-Forwarded-Method": "GET"}, "GET", CALLED) == 204
    assert asked(post, "GET", CALLED) == 401
    assert asked(post, "POST", "https://app.example.org/reports/8") == 401
    assert asked(post, "POST", "https://evil.example/reports/7") == 401
    assert asked(post, "POST", CALLED, peer="192.0.2.1") == 401
    assert asked({**post, "X-Original-URI": "/reports/8"}, "POST", CALLED) == 401
    assert asked({**post, "X-Original-Method": "GET"}, "POST", CALLED) == 401
    assert asked({}, "GET", "/api/v2/verify") == 204


@pytest.mark.parametrize(
    "said",
    [
        {"X-Forwarded-Method": "POST", "X-Original-Method": "GET"},
        {"X-Forwarded-Method": "", "X-Original-Method": "GET"},
        {},
        {"X-Forwarded-Method": "GET", "X-Original-Uri": "/reports/8"},
        {"X-Forwarded-Method": "GET", "X-Forwarded-Host": "evil.example"},
    ],
    ids=["two methods", "an empty method", "no method", "two addresses", "another host"],
)
def test_no_proof_fits_a_call_that_is_not_clear(caller: BoundCaller, said: dict[str, str]) -> None:
    about = {**ABOUT, **said}
    host = about["X-Forwarded-Host"]
    for method in ("GET", "POST"):
        for url in (f"https://{host}/reports/7", f"https://{host}/reports/8", "/api/v2/verify"):
            assert ask(caller, {**about, **caller.key.headers(method, url, caller.token)}) == 401


def test_proof_of_an_unsafe_call_passes_once(caller: BoundCaller) -> None:
    headers = {**ABOUT, "X-Forwarded-Method": "POST", **caller.key.headers("POST", CALLED, caller.token)}
    assert [ask(caller, headers) for _ in range(2)] == [204, 401]


def test_bound_token_without_its_proof_is_refused(caller: BoundCaller) -> None:
    assert ask(caller, {"Authorization": f"DPoP {caller.token}"}) == 401
    assert ask(caller, {"Authorization": f"Bearer {caller.token}"}) == 401
    assert (
        caller.client.get("/api/v1/verify", headers={"Authorization": f"Bearer {caller.token}"}).status_code
        == 401
    )
