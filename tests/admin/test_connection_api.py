"""Programs of administrators make, change, try and delete connections, and are never told a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.admin.connection_door import Door, open_door
from tests.admin.console import events
from tests.connections.making import CANARY_KEY, LOOPBACK, make_connection
from tests.make import entered, make_administrator
from tests.servers.upstream import Upstream, upstream
from webapp.connections.keys import open_key
from webapp.connections.models import Connection
from webapp.connections.service import list_connections
from webapp.infra.database import db, unit_of_work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

OTHER_KEY = f"{CANARY_KEY}-the-second"
NEW: dict[str, Any] = {
    "name": "weather",
    "purpose": "Forecasts",
    "base_url": "https://api.example.com/v1/",
    "auth": {"type": "header", "name": "X-Key", "template": "Token {key}"},
    "key": CANARY_KEY,
    "methods": ["post", "GET"],
    "paths": ["/forecast/*"],
    "roles": ["user"],
}


both_versions = pytest.mark.parametrize("door", ["v1", "v2"], indirect=True)


@pytest.fixture
def environment() -> dict[str, str]:
    return LOOPBACK


@pytest.fixture
def service() -> Iterator[Upstream]:
    with upstream() as service:
        yield service


@pytest.fixture
def door(app: Flask, request: pytest.FixtureRequest) -> Iterator[Door]:
    """An administrator's, at v1 unless the test says otherwise; whatever was answered, no key stands in it."""
    opened = open_door(app, make_administrator(app, "root"), getattr(request, "param", "v1"))
    yield opened
    assert opened.said
    assert CANARY_KEY not in "".join(opened.said)


def keys(app: Flask) -> list[str]:
    with entered(app), unit_of_work(writes=False):
        return [open_key(each) for each in list_connections()]


@both_versions
def test_new_connection_is_answered_as_it_stands(app: Flask, door: Door) -> None:
    answer = door.call("POST", "", NEW | {"key": f" {CANARY_KEY} ", "limits": {"overall": "90/h"}})
    assert (answer.status_code, keys(app)) == (201, [CANARY_KEY])
    made = answer.get_json()
    assert made["auth"] == NEW["auth"]
    assert (made["methods"], made["base_url"]) == (["GET", "POST"], "https://api.example.com/v1")
    assert made["limits"] == {
        "per_person": "60/m", "overall": "90/h", "most_sent": 1_048_576, "most_answered": 10_485_760,
        "answer_seconds": 30, "call_seconds": 300, "calls_at_once": 4,
    }  # fmt: skip
    assert (made["enabled"], made["roles"], made["scope"]) == (True, ["user"], "use:connection:weather")
    assert (made["key"]["set_by"], made["key"]["opens"]) == ("root", True)
    assert door.call("GET", f"/{made['id']}").get_json() == made
    assert door.call("GET").get_json()["connections"] == [
        {each: made[each] for each in ("id", "name", "purpose", "enabled", "base_url", "roles")}
        | {"opens": True, "calls_today": 0}
    ]


@both_versions
def test_change_leaves_what_it_does_not_say(app: Flask, door: Door) -> None:
    before = door.call("POST", "", NEW | {"request_headers": ["X-Units"]}).get_json()
    same = {"auth": before["auth"], "base_url": before["base_url"]}
    change = {"limits": {"per_person": "9/s"}, "roles": [], **same}
    answer = door.call("PATCH", f"/{before['id']}", change | {"version": before["version"]})
    after = answer.get_json()
    assert answer.status_code == 200
    assert after["limits"] == before["limits"] | {"per_person": "9/s"}
    assert {name for name, value in after.items() if value != before[name]} == {
        "limits", "roles", "version", "changed_at",
    }  # fmt: skip
    again = door.call("PATCH", f"/{before['id']}", {"version": after["version"], "purpose": "Forecasts"})
    assert (again.get_json(), len(events(app, "connection.changed"))) == (after, 1)


@both_versions
def test_another_key_is_used_from_the_next_call_on(app: Flask, door: Door, service: Upstream) -> None:
    made = make_connection(app, base_url="http://127.0.0.1:9", is_enabled=False)
    sending = {
        "base_url": f"{service.url}/v1",
        "auth": {"type": "header", "name": "X-Key", "template": "Token {key}"},
    }
    body = {"key": OTHER_KEY, "version": door.version_of(made)}
    answer = door.call("PUT", f"/{made.id}/key", body | sending)
    assert (answer.status_code, {each: answer.get_json()[each] for each in sending}) == (200, sending)
    call = {
        "method": "POST", "path": "/a%20b", "query": "q=ü", "body": "1\r\n2",
        "headers": {"Accept": "text/plain", "Authorization": "Bearer mine", "X-Other": "x"},
    }  # fmt: skip
    tried = door.call("POST", f"/{made.id}/test", call).get_json()
    received = service.await_requests(1)[0]
    assert (received.target, received.body) == ("/v1/a%20b?q=%C3%BC", b"1\r\n2")
    assert received.values("X-Key") == [f"Token {OTHER_KEY}"]
    assert (tried["status"], tried["error"], tried["body_is_whole"]) == (200, None, True)
    assert tried["sent"]["url"] == f"{service.url}/v1/a%20b?q=%C3%BC"
    assert ["X-Key", "Token ********"] in tried["sent"]["headers"]
    assert {"Accept", "Content-Type"} <= {name for name, _ in tried["sent"]["headers"]}
    # The service says the key back in its answer.
    assert "*" * len(OTHER_KEY) in tried["body"]
    assert '"method":"POST","name":"weather","path":"/a b"' in events(app, "connection.tested")[0].detail


@both_versions
def test_deleted_connection_takes_its_scope_from_every_role(app: Flask, door: Door) -> None:
    made = make_connection(app, roles=["user", "support"])
    answer = door.call("DELETE", f"/{made.id}")
    assert (answer.status_code, answer.data, keys(app)) == (204, b"", [])
    assert len(events(app, "role.changed")) == 4
    assert door.refused("DELETE", f"/{made.id}") == (404, "connection_not_found")


def test_connection_with_an_id_of_the_callers_own_is_made_once(app: Flask, door: Door) -> None:
    sent = NEW | {"id": "abcdefghijklmnopqrstuvwxyz"}
    assert door.call("POST", "", sent).get_json()["id"] == sent["id"]
    assert door.refused("POST", "", sent) == (409, "connection_made")
    assert door.call("POST", "", sent | {"id": "ABC"}).get_json()["fields"] == {
        "id": "Use 26 letters and digits of a to z and 2 to 7."
    }
    assert len(keys(app)) == 1


def test_trial_that_reaches_nobody_says_why(app: Flask, door: Door) -> None:
    made = make_connection(app)
    answer = door.call("POST", f"/{made.id}/test", {"method": "GET", "path": "/x?y=1"})
    tried = answer.get_json()
    assert (answer.status_code, tried["status"], tried["error"]) == (200, None, "upstream_unreachable")
    assert (tried["message"], tried["headers"]) == ("The service cannot be reached.", [])
    assert tried["sent"]["url"] == "http://127.0.0.1:9/x?y=1"


def test_connection_is_turned_off_whatever_the_rules_have_become(
    make_app: Callable[..., Flask],
) -> None:
    made = make_connection(make_app(**LOOPBACK))
    app = make_app(CONNECTIONS_ALLOW_NETWORKS="")
    door = open_door(app, make_administrator(app))
    change = {"version": door.version_of(made)}
    assert list(door.call("PATCH", f"/{made.id}", change | {"purpose": "x"}).get_json()["fields"]) == [
        "base_url"
    ]
    assert door.call("PATCH", f"/{made.id}", change | {"enabled": False}).get_json()["enabled"] is False


def test_key_that_does_not_open_is_said_and_replaced(app: Flask, door: Door) -> None:
    made, other = make_connection(app), make_connection(app, name="other")
    with entered(app), unit_of_work():
        rows = [db.session.get_one(Connection, each.id) for each in (made, other)]
        rows[0].key_sealed = rows[1].key_sealed
    assert [each["opens"] for each in door.call("GET").get_json()["connections"]] == [True, False]
    call = {"method": "GET", "path": "/"}
    assert door.refused("POST", f"/{made.id}/test", call) == (503, "sealed_value_unreadable")
    body = {"key": OTHER_KEY, "version": door.version_of(made), "base_url": None, "auth": None}
    replaced = door.call("PUT", f"/{made.id}/key", body).get_json()
    assert (replaced["key"]["opens"], replaced["base_url"]) == (True, "http://127.0.0.1:9")
