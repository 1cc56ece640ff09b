"""Calls that are not made, or come to nothing: each with its code, and with what to wait for."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from tests.connections.calling import events_of, notes_of, start_calling
from tests.connections.making import LOOPBACK
from tests.make import make_account, sign_in_by_api
from tests.servers.upstream_answers import hang, in_turn, reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from werkzeug.test import TestResponse

    from tests.connections.calling import Caller


@pytest.fixture
def environment() -> dict[str, str]:
    return LOOPBACK


def told(answer: TestResponse) -> tuple[int, str | None]:
    return answer.status_code, answer.headers.get("X-Latchkey-Error")


def test_only_those_who_may_use_it_learn_that_it_is_there(caller: Caller) -> None:
    caller.connect()
    stranger = sign_in_by_api(caller.client, make_account(caller.app, roles=("auditor",)))
    for name in ("weather", "nothing"):
        answer = caller.client.get(f"/api/v1/connections/{name}/x", headers=stranger)
        assert told(answer) == (403, "insufficient_scope")
        assert answer.get_json()["scope"] == f"use:connection:{name}"
    assert [json.loads(each.detail)["scope"] for each in events_of(caller, "access.denied")] == [
        "use:connection:weather",
        "use:connection:nothing",
    ]
    for name in ('x"y', "Weather", "a" * 90, "\u00fc"):
        assert told(caller.client.get(f"/api/v1/connections/{name}/x", headers=stranger))[0] == 404
    assert told(caller.client.get("/api/v1/connections/weather/x")) == (401, "token_missing")
    assert caller.service.requests == []


def test_what_the_connection_does_not_allow_is_not_called(caller: Caller) -> None:
    caller.connect(
        methods=("GET", "POST"), paths=("/v1/*",), most_sent=10, auth_kind="query", auth_name="token"
    )
    refused = {
        "call_not_allowed": [("DELETE", "/v1/a", b""), ("GET", "/v2/a", b""), ("GET", "/v1/..;/v2", b"")],
        "parameter_not_allowed": [("GET", "/v1/a?Token=mine", b"")],
        "malformed_path": [
            ("GET", "/v1/../v2", b""),
            ("GET", "/v1//a", b""),
            ("GET", "/v1/%252e%252e/a", b""),
        ],
        "call_too_large": [("POST", "/v1/a", b"x" * 11)],
        "body_too_large": [("POST", "/v1/a", b"x" * 105_000_000)],
    }
    for code, calls in refused.items():
        for method, rest, body in calls:
            assert told(caller.call(method, rest, data=body))[1] == code, (method, rest)
    assert (caller.service.requests, notes_of(caller)) == ([], [])
    assert told(caller.call("POST", "/v1/a", data=b"x" * 10)) == (200, None)


def test_connection_that_is_off_or_has_no_readable_key_says_so(caller: Caller) -> None:
    from webapp.connections.models import Connection
    from webapp.infra.database import db, unit_of_work

    made = caller.connect(is_enabled=False)
    assert told(caller.call()) == (403, "connection_off")
    with caller.app.app_context(), unit_of_work():
        found = db.session.get_one(Connection, made.id)
        found.is_enabled, found.key_sealed = True, found.key_sealed[:-1] + b"\x00"
    assert told(caller.call()) == (503, "sealed_value_unreadable")


def test_quota_counts_calls_that_reached_the_service(caller: Caller) -> None:
    caller.connect(per_person="2/h", overall="3/h")
    caller.service.on("/", reply(status=500))
    assert [told(caller.call()) for _ in range(3)] == [(500, None), (500, None), (429, "quota_used")]
    assert int(caller.call().headers["Retry-After"]) > 0
    caller.headers = sign_in_by_api(caller.client, make_account(caller.app))
    assert [told(caller.call()) for _ in range(2)] == [(500, None), (429, "quota_used")]
    assert len(notes_of(caller)) == 3


def test_service_that_is_not_reached_uses_up_no_quota(caller: Caller) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        caller.connect(base_url=f"http://127.0.0.1:{nobody.getsockname()[1]}", per_person="1/h")
        assert [told(caller.call()) for _ in range(3)] == [(502, "upstream_unreachable")] * 3
    assert [(each.status, each.error) for each in notes_of(caller)] == [(None, "upstream_unreachable")] * 3


def test_address_that_is_not_allowed_is_told_now_and_then(make_app: Callable[..., Flask]) -> None:
    with start_calling(make_app(CONNECTIONS_ALLOW_NETWORKS="")) as caller:
        caller.connect(base_url=f"https://localhost:{caller.service.port}", per_person="1/h")
        assert [told(caller.call()) for _ in range(3)] == [(502, "address_refused")] * 3
        [event] = events_of(caller, "connection.address_refused")
        assert (event.result, event.account_id) == ("failure", caller.person.id)
        assert caller.service.accepted == 0


def test_slow_service_is_504(caller: Caller) -> None:
    caller.connect(answer_seconds=1, call_seconds=1)
    caller.service.on("/", hang)
    answer = caller.call()
    assert (answer.status_code, answer.headers["X-Latchkey-Error"] in {"upstream_slow", "call_too_long"}) == (
        504,
        True,
    )
    assert notes_of(caller)[0].milliseconds >= 900


def test_second_call_at_once_waits_for_the_first(caller: Caller) -> None:
    path = caller.connect(calls_at_once=1).path("/slow")
    caller.service.on("/slow", in_turn(b"x ", b"y "))
    caller.service.let_go_on()
    first = caller.client.get(path, headers=caller.headers)
    second = caller.call()
    assert told(second) == (429, "calls_at_once")
    assert second.headers["Retry-After"] == "1"
    caller.service.let_go_on()
    assert first.get_data() == b"x y "
    first.close()
    assert told(caller.call()) == (200, None)
