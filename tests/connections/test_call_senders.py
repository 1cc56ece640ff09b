"""Who calls: pages of listed origins, and holders of bound tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.connections.making import LOOPBACK
from tests.servers.upstream_answers import reply
from tests.tokens.dpop_key import BoundCaller

if TYPE_CHECKING:
    from tests.connections.calling import Caller

LISTED = "https://app.localhost"
FROM_LISTED = {"Origin": LISTED, "Sec-Fetch-Site": "same-site"}


@pytest.fixture
def environment() -> dict[str, str]:
    return {**LOOPBACK, "CORS_ORIGINS": LISTED}


def test_listed_origin_may_send_plain_headers_and_read_what_is_passed(caller: Caller) -> None:
    made = caller.connect(request_headers=("x-trace",), answer_headers=("x-trace",))
    asked = "Authorization, X-Trace, Cookie, X-Forwarded-For, Sec-Fetch-Site, Bad Name"
    question = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": asked}
    preflight = caller.client.options(made.path("/a/b"), headers=FROM_LISTED | question)
    allowed = set(preflight.headers["Access-Control-Allow-Headers"].split(", "))
    assert allowed == {"Authorization", "Content-Type", "DPoP", "X-CSRF-TOKEN", "X-Trace"}
    assert "PUT" in preflight.headers["Access-Control-Allow-Methods"]
    caller.service.on("/a/b", reply(b"{}", ("X-Trace", "9"), ("X-Other", "1")))
    answer = caller.call("PUT", "/a/b", headers={**FROM_LISTED, "X-Trace": "7"})
    assert caller.service.requests[0].header("X-Trace") == "7"
    assert answer.headers["Access-Control-Allow-Origin"] == LISTED
    exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"X-Trace", "Content-Length", "X-Latchkey-Error"} <= set(exposed)


def test_other_origins_and_other_paths_learn_nothing_of_it(caller: Caller) -> None:
    made = caller.connect()
    caller.service.on("/", reply(b"{}", ("Access-Control-Allow-Origin", "*")))
    answer = caller.call(headers={"Origin": "https://elsewhere.example"})
    assert [name for name in dict(answer.headers) if name.startswith("Access-Control-")] == []
    question = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "X-Trace"}
    for path in ("/api/v1/connections", f"/api/v1/connections/{made.name}", "/api/v1/profile"):
        preflight = caller.client.options(path, headers=FROM_LISTED | question)
        assert "X-Trace" not in preflight.headers["Access-Control-Allow-Headers"]


def test_bound_token_calls_with_a_proof_for_that_very_address(caller: Caller) -> None:
    made = caller.connect()
    bound = BoundCaller(caller.client, caller.person)
    path = made.path("/a%20b", "v2")
    assert bound.call("POST", path).status_code == 200
    sent = caller.service.requests[0]
    assert (sent.target, sent.header("DPoP")) == ("/a%20b", None)
    elsewhere = bound.key.headers("POST", made.path("/other", "v2"), bound.token)
    refused = caller.client.post(path, headers=elsewhere)
    assert (refused.status_code, refused.headers["X-Latchkey-Error"]) == (401, "invalid_dpop_proof")
    plain = caller.client.post(path, headers=caller.headers)
    assert plain.headers["X-Latchkey-Error"] == "token_missing"
