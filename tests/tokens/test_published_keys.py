"""The key set that other services verify our tokens with: enough for that, and nothing more."""

from __future__ import annotations

from collections.abc import Callable

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.tokens.forged_tokens import parts_of, signing_key
from tests.tokens.shown_tokens import Holder
from webapp.config import current_settings

PATH = "/.well-known/jwks.json"


def test_any_library_verifies_our_token_with_the_published_set(app: Flask, client: FlaskClient) -> None:
    token = Holder(app).access_token
    header, claims = parts_of(token)
    key = jwt.PyJWKSet.from_dict(client.get(PATH).get_json())[header["kid"]]
    with app.app_context():
        audience = current_settings().jwt_audience
    assert jwt.decode(token, key, algorithms=["ES256"], audience=audience) == claims


def test_set_holds_public_parts_alone(app: Flask, client: FlaskClient) -> None:
    (published,) = client.get(PATH).get_json()["keys"]
    assert set(published) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert (published["kty"], published["crv"], published["alg"], published["use"]) == (
        "EC",
        "P-256",
        "ES256",
        "sig",
    )
    numbers = signing_key(app).private.private_numbers()
    secret = jwt.utils.to_base64url_uint(numbers.private_value).decode()
    assert secret not in client.get(PATH).get_data(as_text=True)


def test_set_may_be_kept_for_its_time_and_asked_for_again_by_its_tag(client: FlaskClient) -> None:
    first = client.get(PATH)
    assert first.mimetype == "application/json"
    assert (first.cache_control.public, first.cache_control.max_age) == (True, 300)
    assert "Set-Cookie" not in first.headers
    again = client.get(PATH, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert client.get(PATH, headers={"If-None-Match": '"another"'}).status_code == 200


def test_every_node_publishes_the_same_bytes(make_app: Callable[..., Flask]) -> None:
    first, second = (make_app().test_client().get(PATH) for _ in range(2))
    assert first.data == second.data
    assert first.headers["ETag"] == second.headers["ETag"]


def test_tokens_of_one_node_are_verified_by_the_other(make_app: Callable[..., Flask]) -> None:
    holder, other = Holder(make_app()), make_app().test_client(use_cookies=False)
    headers = {"Authorization": f"Bearer {holder.access_token}"}
    assert other.get("/api/v1/protected", headers=headers).status_code == 200


def test_cache_time_of_the_set_is_the_operators(make_app: Callable[..., Flask]) -> None:
    answer = make_app(JWKS_MAX_AGE="60").test_client().get(PATH)
    assert answer.cache_control.max_age == 60


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_set_is_not_written_to(client: FlaskClient, method: str) -> None:
    assert client.open(PATH, method=method).status_code == 405
