"""A call through a connection: what the service gets, what comes back, and that the key is in none of it."""

from __future__ import annotations

import pytest

from tests.connections.calling import Caller
from tests.connections.making import CANARY_KEY, LOOPBACK


@pytest.fixture
def environment() -> dict[str, str]:
    return LOOPBACK


def test_call_reaches_the_service_with_its_key_and_comes_back(caller: Caller) -> None:
    caller.connect(base_path="/v2")
    answer = caller.call(
        "POST", "/orders/7 ü?kind=a%20b&x=1", data=b'{"n": 1}', content_type="application/json"
    )
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    [sent] = caller.service.requests
    assert (sent.method, sent.target) == ("POST", "/v2/orders/7%20%C3%BC?kind=a%20b&x=1")
    assert (sent.body, sent.header("Content-Type")) == (b'{"n": 1}', "application/json")
    assert sent.values("Authorization") == [f"Bearer {CANARY_KEY}"]
    assert sent.header("Host") == f"127.0.0.1:{caller.service.port}"
    assert CANARY_KEY.encode() not in answer.data
