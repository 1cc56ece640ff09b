"""What the two versions of the API take from each other, and that signing out is open to whoever lost the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.make import bearer, csrf_header, make_account, sign_in_by_api
from tests.tokens.dpop_key import BoundCaller, DpopKey

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


def test_signing_out_asks_for_no_proof(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    for headers in ("cookie", "token"):
        caller = BoundCaller(client, person)
        sent = csrf_header(client) if headers == "cookie" else {"Authorization": f"DPoP {caller.token}"}
        if headers == "token":
            client.delete_cookie("__Host-refresh_token")
        assert client.post("/api/v2/logout", headers=sent).status_code == 204
        ended = caller.call("GET", "/api/v2/protected")
        assert (ended.status_code, ended.get_json()["code"]) == (401, "session_ended")


def test_token_of_one_version_is_refused_by_the_other(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    plain = sign_in_by_api(app.test_client(), person)["Authorization"].removeprefix("Bearer ")
    caller = BoundCaller(client, person)
    bound, key = caller.token, caller.key
    cases = [
        ("v1", bearer(bound), "invalid_token"),
        ("v1", key.headers("GET", "/api/v1/protected", bound), "token_missing"),
        ("v1", {**bearer(bound), "DPoP": key.proof("GET", "/api/v1/protected", bound)}, "invalid_token"),
        ("v2", bearer(plain), "token_missing"),
        ("v2", bearer(bound), "token_missing"),
        ("v2", {**bearer(bound), "DPoP": key.proof("GET", "/api/v2/protected", bound)}, "token_missing"),
        ("v2", key.headers("GET", "/api/v2/protected", plain), "invalid_token"),
        ("v2", {"Authorization": f"DPoP {bound}"}, "invalid_dpop_proof"),
        ("v2", DpopKey().headers("GET", "/api/v2/protected", bound), "invalid_dpop_proof"),
    ]
    for version, headers, code in cases:
        answer = client.get(f"/api/{version}/protected", headers=headers)
        assert (answer.status_code, answer.get_json()["error" if version == "v1" else "code"]) == (401, code)
        scheme = "Bearer" if version == "v1" else "DPoP"
        assert answer.headers["WWW-Authenticate"].startswith(scheme), headers
