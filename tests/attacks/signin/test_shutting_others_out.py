"""What a stranger does must not keep others out of their accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.make import make_account, make_administrator, sign_in_by_api

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

LOGIN = "/api/v1/login"


@pytest.fixture
def crowded(make_app: Callable[..., Flask]) -> Flask:
    return make_app(LIMIT_SIGNIN_OVERALL="3/1d", LIMIT_AUTH_PER_ADDRESS="50/1d")


def guess(client: FlaskClient, number: int) -> int:
    return client.post(LOGIN, json={"username": f"nobody{number}", "password": "x"}).status_code


def test_crowd_is_limited_together(crowded: Flask) -> None:
    client = crowded.test_client()
    assert [guess(client, number) for number in range(4)] == [401, 401, 401, 429]


def test_known_device_signs_in_while_a_crowd_has_used_the_overall_limit_up(crowded: Flask) -> None:
    person = make_administrator(crowded)
    home = crowded.test_client()
    sign_in_by_api(home, person)
    crowd = crowded.test_client()
    assert [guess(crowd, number) for number in range(4)][-1] == 429
    assert sign_in_by_api(home, person)["Authorization"].startswith("Bearer ")


@pytest.mark.parametrize(
    "sent", [{"data": "x"}, {"data": "{", "content_type": "application/json"}, {"json": {"username": 1}}]
)
def test_what_is_no_sign_in_uses_up_nothing_of_what_everybody_shares(
    crowded: Flask, sent: dict[str, object]
) -> None:
    person = make_administrator(crowded)
    client = crowded.test_client()
    assert 429 not in [client.post(LOGIN, **sent).status_code for _ in range(6)]
    assert sign_in_by_api(client, person)


def test_foreign_site_uses_up_nothing_of_its_visitors_attempts(make_app: Callable[..., Flask]) -> None:
    app = make_app(LIMIT_AUTH_PER_ADDRESS="3/1d")
    person = make_administrator(app)
    client = app.test_client()
    foreign = {"Sec-Fetch-Site": "cross-site"}
    answers = [client.post(LOGIN, data="x", headers=foreign).status_code for _ in range(6)]
    assert answers == [403] * 6
    assert sign_in_by_api(client, person)


def test_registrations_from_one_address_are_limited(make_app: Callable[..., Flask]) -> None:
    app = make_app(LIMIT_AUTH_PER_ADDRESS="3/1d")
    make_administrator(app)
    client = app.test_client()
    answers = [
        client.post(
            "/api/v1/register",
            json={
                "username": f"new{number}",
                "email": f"new{number}@example.org",
                "password": "seven quiet lamps out",
            },
        ).status_code
        for number in range(4)
    ]
    assert answers == [202, 202, 202, 429]


def test_claim_to_an_address_tells_nothing_and_takes_nothing(app: Flask) -> None:
    make_administrator(app)
    owner = make_account(app, "owner", verified=True)
    stranger = make_account(app, "stranger", verified=False)
    client = app.test_client()
    by_claim = client.post(LOGIN, json={"username": stranger.email, "password": stranger.password})
    by_owner = client.post(LOGIN, json={"username": owner.email, "password": owner.password})
    assert (by_claim.status_code, by_owner.status_code) == (401, 200)


def test_refresh_without_a_session_is_limited_by_address(make_app: Callable[..., Flask]) -> None:
    app = make_app(LIMIT_PER_ADDRESS="5/1d")
    client = app.test_client()
    answers = [client.post("/api/v1/refresh").status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]
