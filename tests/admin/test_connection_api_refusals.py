"""What the API refuses about connections: wrong words, old versions, calls that nobody could make; each says which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.admin.connection_door import Door, open_door
from tests.admin.console import events
from tests.admin.test_connection_api import NEW, keys
from tests.connections.making import CANARY_KEY, make_connection
from tests.make import make_administrator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

BASE_URL = "https://api.example.com"
GONE = "a" * 26


@pytest.fixture
def door(app: Flask) -> Iterator[Door]:
    opened = open_door(app, make_administrator(app, "root"))
    yield opened
    assert CANARY_KEY not in "".join(opened.said)


def fields(door: Door, method: str, path: str, body: Any) -> set[str]:
    answer = door.call(method, path, body)
    assert answer.status_code == 422, answer.text
    return set(answer.get_json()["fields"])


def test_every_wrong_field_of_a_new_connection_is_named(app: Flask, door: Door) -> None:
    wrong = {
        "name": "Big Name", "purpose": " ", "base_url": "ftp://x", "key": "short", "methods": ["BREW"],
        "auth": {"type": "header", "name": "Host"}, "paths": ["a"], "roles": ["No Role"],
        "request_headers": ["Cookie"], "answer_headers": ["Set-Cookie"],
        "limits": {
            "per_person": "lots", "overall": "0/m", "most_sent": -1, "most_answered": 10**400,
            "answer_seconds": 0, "call_seconds": 10**9, "calls_at_once": 0,
        },
    }  # fmt: skip
    named = {*(set(wrong) - {"auth", "limits"}), "auth.name", *(f"limits.{each}" for each in wrong["limits"])}
    assert fields(door, "POST", "", wrong) == named
    made = make_connection(app, base_url=BASE_URL)
    change = {name: value for name, value in wrong.items() if name != "key"} | {
        "version": door.version_of(made)
    }
    assert fields(door, "PATCH", f"/{made.id}", change) == named - {"key"}
    key = {"key": f"{CANARY_KEY} {CANARY_KEY}", "base_url": "ftp://x", "version": change["version"]}
    auth = {"type": "header", "name": "X-Key", "template": "none"}
    named = {"key", "base_url", "auth.template"}
    assert fields(door, "PUT", f"/{made.id}/key", key | {"auth": auth}) == named
    assert fields(door, "POST", "", NEW | {"auth": {"type": "cookie"}}) == {"auth.type"}


def test_values_of_another_type_and_unknown_names_are_named(door: Door) -> None:
    wrong = {
        "name": 1, "purpose": None, "base_url": [], "key": 12345678, "methods": "GET", "paths": [1], "roles": {},
        "auth": {"type": True, "more": 1}, "limits": {"most_sent": "1 MB", "more": 1}, "enabled": "yes", "more": 1,
    }  # fmt: skip
    assert fields(door, "POST", "", wrong) == {
        "name", "purpose", "base_url", "key", "methods", "paths.0", "roles", "auth.type", "auth.more",
        "limits.most_sent", "limits.more", "enabled", "more",
    }  # fmt: skip
    assert fields(door, "POST", "", {}) == {
        "name", "purpose", "base_url", "auth", "key", "methods", "paths", "roles",
    }  # fmt: skip
    assert fields(door, "PATCH", f"/{GONE}", {"key": CANARY_KEY, "id": GONE}) == {"version", "key", "id"}
    wrong = {"name": "x", "auth": {"type": 1, "kind": "query"}}
    assert fields(door, "PUT", f"/{GONE}/key", wrong) == {"version", "key", "name", "auth.type", "auth.kind"}
    assert fields(door, "POST", f"/{GONE}/test", {"headers": {"A": 1}}) == {"method", "path", "headers.A"}


def test_values_that_are_too_large_are_refused(app: Flask, door: Door) -> None:
    large = {
        "name": "a" * 41, "purpose": "x" * 301, "base_url": f"{BASE_URL}/{'x' * 500}", "key": "k" * 4097,
        "paths": [f"/{each}" for each in range(51)], "request_headers": [f"x-{each}" for each in range(41)],
        "methods": ["GET"] * 501,
    }  # fmt: skip
    assert fields(door, "POST", "", NEW | large) == set(large)
    assert fields(door, "POST", "", NEW | {"key": "k" * 20_001}) == {"key"}
    assert door.call("POST", "", NEW | {"purpose": "x" * 70_000}).status_code == 413
    assert door.call("PATCH", f"/{'a' * 3000}", {"version": "x"}).status_code in {404, 414}
    assert keys(app) == []


def test_state_that_was_read_before_another_change_is_out_of_date(app: Flask, door: Door) -> None:
    made = make_connection(app, base_url=BASE_URL)
    old = {"version": door.version_of(made)}
    assert door.call("PATCH", f"/{made.id}", old | {"purpose": "First"}).status_code == 200
    for act in (
        ("PATCH", f"/{made.id}", old | {"purpose": "Second"}),
        ("PUT", f"/{made.id}/key", old | {"key": "k" * 9}),
    ):
        assert door.refused(*act) == (409, "connection_changed")
    assert (door.call("GET", f"/{made.id}").get_json()["purpose"], keys(app)) == ("First", [CANARY_KEY])


def test_name_and_where_and_how_a_key_goes_stay_and_roles_are_those_that_may(app: Flask, door: Door) -> None:
    made = make_connection(app, base_url=BASE_URL)
    assert door.refused("POST", "", NEW) == (422, "connection_name_taken")
    changes: list[dict[str, Any]] = [
        {"name": "other"},
        {"base_url": "https://evil.example"},
        {"roles": ["administrator"]},
        {"roles": ["nobody"]},
        {"paths": []},
    ]
    for change in changes:
        sent = change | {"version": door.version_of(made)}
        assert fields(door, "PATCH", f"/{made.id}", sent) == set(change)
    for auth, named in (
        ({"type": "query", "name": "text"}, {"auth.type", "auth.name"}),
        ({"type": "header", "name": "X-Text"}, {"auth.type", "auth.name", "auth.template"}),
        ({"type": "basic"}, {"auth.type"}),
    ):
        sent = {"auth": auth, "base_url": f"{BASE_URL}/mine", "version": door.version_of(made)}
        assert fields(door, "PATCH", f"/{made.id}", sent) == named | {"base_url"}
    assert fields(door, "POST", "", NEW | {"name": "tides", "purpose": f"Uses {CANARY_KEY}"}) == {"purpose"}
    assert len(events(app, "connection.changed")) == 0


def test_call_that_nobody_could_make_is_refused_before_it_is_sent(app: Flask, door: Door) -> None:
    made = make_connection(
        app,
        base_url=BASE_URL,
        paths="/a/*",
        methods=["GET"],
        most_sent=10,
        auth_kind="query",
        auth_name="key",
    )
    call = {"method": "GET", "path": "/a/b"}
    refused: list[tuple[dict[str, Any], int, str]] = [
        ({"path": "/b"}, 403, "call_not_allowed"),
        ({"method": "get"}, 403, "call_not_allowed"),
        ({"path": "a"}, 422, "invalid_input"),
        ({"path": "/a/../b"}, 422, "invalid_input"),
        ({"path": "/a/b?c=1", "query": "d"}, 422, "invalid_input"),
        ({"query": "KEY=mine"}, 400, "parameter_not_allowed"),
        ({"headers": {"Accept": "a\r\nb"}}, 400, "malformed_request"),
        ({"headers": {"Accept": "a\u20ac"}}, 400, "malformed_request"),
        ({"body": "x" * 11}, 413, "call_too_large"),
    ]
    for change, status, code in refused:
        assert door.refused("POST", f"/{made.id}/test", call | change) == (status, code), change
    assert not events(app, "connection.tested")
