"""How the key goes to the service, and where it does not go: into what people are shown of a call."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from tests.connections.making import CANARY_KEY, LOOPBACK, OTHER_KEY
from tests.make import sign_in_by_api
from webapp.connections.calls import read_start, try_connection
from webapp.connections.service import get_named
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from tests.connections.calling import Caller


@pytest.fixture
def environment() -> dict[str, str]:
    return LOOPBACK


BASIC = b64encode(f"ada:{CANARY_KEY}".encode()).decode()
KINDS: dict[str, tuple[dict[str, str], str, str]] = {
    "bearer": ({}, "Authorization", f"Bearer {CANARY_KEY}"),
    "basic": ({"auth_name": "ada"}, "Authorization", f"Basic {BASIC}"),
    "header": ({"auth_name": "X-API-Key", "auth_template": "Key {key};"}, "X-API-Key", f"Key {CANARY_KEY};"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_key_is_sent_once_and_the_callers_own_header_is_not(caller: Caller, kind: str) -> None:
    words, header, value = KINDS[kind]
    caller.connect(auth_kind=kind, **words)
    mine = {} if header == "Authorization" else {header: "mine"}
    answer = caller.call(headers={"Cookie": "a=b", "X-Forwarded-For": "10.0.0.1", **mine})
    [sent] = caller.service.requests
    assert sent.values(header) == [value]
    assert {each.lower() for each, _ in sent.headers} <= {
        *("host", "user-agent", "accept-encoding", "accept", header.lower()),
    }
    assert (sent.header("Accept-Encoding"), sent.header("User-Agent")) == ("identity", "Latchkey")
    assert CANARY_KEY.encode() not in answer.data


def test_key_in_the_query_is_sent_and_masked(caller: Caller) -> None:
    caller.connect(auth_kind="query", auth_name="token")
    answer = caller.call("GET", "/a?b=1")
    assert caller.service.requests[0].target == f"/a?b=1&token={CANARY_KEY}"
    assert answer.get_json()["target"] == "/a?b=1&token=" + "*" * len(CANARY_KEY)
    assert answer.get_json()["headers"] == [
        [name, value] for name, value in caller.service.requests[0].headers if CANARY_KEY not in value
    ]


@pytest.mark.parametrize("kind", ["bearer", "basic", "header", "query"])
def test_administrator_who_tries_it_sees_all_but_the_key(caller: Caller, kind: str) -> None:
    names: dict[str, Any] = {"header": {"auth_name": "X-Key"}, "query": {"auth_name": "token"}}
    made = caller.connect(auth_kind=kind, is_enabled=False, **names.get(kind, {}))
    with caller.app.app_context(), unit_of_work():
        words: dict[str, Any] = {"actor_id": caller.person.id, "request_id": "r" * 26}
        prepared = try_connection(get_named(made.name), "POST", "/a b", query="q=1", body=b"{}", **words)
    start, is_whole = read_start(prepared.make(), 10)
    shown = repr(prepared.shown)
    assert (len(start), is_whole) == (10, False)
    assert CANARY_KEY not in shown
    assert b64encode(CANARY_KEY.encode()).decode()[:12] not in shown
    assert prepared.shown.url.startswith(f"{caller.service.url}/a%20b?q=1")
    assert ("********" in prepared.shown.url) == (kind == "query")
    sent = {name.lower(): value for name, value in caller.service.requests[0].headers}
    told = {name.lower(): value for name, value in prepared.shown.headers}
    assert set(told) == set(sent) - {"content-length"}


def test_renewed_key_is_used_from_the_next_call_on(caller: Caller) -> None:
    from webapp.connections.service import replace_key, version_of

    made = caller.connect()
    caller.call()
    with caller.app.app_context(), unit_of_work():
        version = version_of(get_named(made.name))
        replace_key(made.id, OTHER_KEY, version=version, actor_id="A" * 26)
    caller.headers = sign_in_by_api(caller.client, caller.person)
    caller.call()
    sent = [each.header("Authorization") for each in caller.service.requests]
    assert sent == [f"Bearer {CANARY_KEY}", f"Bearer {OTHER_KEY}"]
