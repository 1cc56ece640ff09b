"""Nonces that a proof carries: handed out, wanted where the setting says so, and renewed before they are too old."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.make import make_account
from tests.servers.application import ENVIRONMENT
from tests.tokens.dpop_key import BoundCaller, DpopKey

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine
    from flask import Flask
    from werkzeug.test import TestResponse

LOGIN, PROFILE = "/api/v2/login", "/api/v2/profile"
WANTED = {"REQUIRE_DPOP_NONCE": "true"}
OTHER_SECRET = "another-secret-key-of-the-tests-9876543210-zyxw"


@pytest.fixture
def wanting(make_app: Callable[..., Flask], clock: time_machine.Traveller) -> Flask:
    return make_app(**WANTED, LIMIT_AUTH_PER_ADDRESS="2/15m")


def log_in(app: Flask, key: DpopKey, nonce: str | None = None) -> TestResponse:
    person = getattr(app, "person", None) or make_account(app)
    app.person = person  # type: ignore[attr-defined]
    body = {"username": person.username, "password": person.password}
    return app.test_client().post(LOGIN, json=body, headers={"DPoP": key.proof("POST", LOGIN, nonce=nonce)})


def read(app: Flask, key: DpopKey, token: str, nonce: str | None) -> TestResponse:
    return app.test_client().get(PROFILE, headers=key.headers("GET", PROFILE, token, nonce))


def test_proof_without_a_nonce_is_told_the_one_to_use(wanting: Flask) -> None:
    refused = log_in(wanting, DpopKey())
    assert (refused.status_code, refused.get_json()["code"]) == (401, "use_dpop_nonce")
    assert refused.headers["WWW-Authenticate"] == 'DPoP error="use_dpop_nonce", algs="ES256"'
    assert len(refused.headers.getlist("DPoP-Nonce")) == 1
    assert refused.headers["DPoP-Nonce"] not in refused.text


def test_one_retry_is_enough_and_uses_up_no_attempts(wanting: Flask) -> None:
    key = DpopKey()
    for _ in range(4):
        nonce = log_in(wanting, key).headers["DPoP-Nonce"]
    answer = log_in(wanting, key, nonce)
    assert answer.status_code == 200
    assert "DPoP-Nonce" not in answer.headers
    token = answer.get_json()["access_token"]
    assert read(wanting, key, token, nonce).status_code == 200
    assert read(wanting, key, token, None).get_json()["code"] == "use_dpop_nonce"


def test_ageing_nonce_is_replaced_with_the_answer_and_an_old_one_refused(
    wanting: Flask, clock: time_machine.Traveller
) -> None:
    key = DpopKey()
    nonce = log_in(wanting, key).headers["DPoP-Nonce"]
    token = log_in(wanting, key, nonce).get_json()["access_token"]
    clock.shift(300)
    answer = read(wanting, key, token, nonce)
    assert answer.status_code == 200
    fresh = answer.headers["DPoP-Nonce"]
    assert fresh != nonce
    clock.shift(300)
    assert read(wanting, key, token, nonce).get_json()["code"] == "use_dpop_nonce"
    assert read(wanting, key, token, fresh).status_code == 200


def test_nonce_of_a_former_secret_counts_while_that_secret_does(
    wanting: Flask, make_app: Callable[..., Flask]
) -> None:
    nonce = log_in(wanting, DpopKey()).headers["DPoP-Nonce"]
    renewed = make_app(**WANTED, SECRET_KEY=OTHER_SECRET, SECRET_KEY_FALLBACKS=ENVIRONMENT["SECRET_KEY"])
    foreign = make_app(**WANTED, SECRET_KEY=OTHER_SECRET)
    assert log_in(renewed, DpopKey(), nonce).status_code == 200
    refused = log_in(foreign, DpopKey(), nonce)
    assert refused.get_json()["code"] == "use_dpop_nonce"
    assert log_in(foreign, DpopKey(), refused.headers["DPoP-Nonce"]).status_code == 200


@pytest.mark.parametrize("nonce", ["x", "\udc80", "é", "A" * 24, "A" * 200])
def test_nonce_that_nobody_handed_out_is_refused_even_where_none_is_wanted(app: Flask, nonce: str) -> None:
    refused = log_in(app, DpopKey(), nonce)
    assert (refused.status_code, refused.get_json()["code"]) == (401, "use_dpop_nonce")


def test_no_nonce_is_handed_out_where_none_is_wanted(app: Flask) -> None:
    caller = BoundCaller(app.test_client(), make_account(app))
    for answer in (caller.call("GET", PROFILE), caller.refresh(), caller.refresh("x.y.z")):
        assert "DPoP-Nonce" not in answer.headers
