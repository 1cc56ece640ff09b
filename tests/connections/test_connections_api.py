"""A person sees the connections they may use, what is sent in their name, their quota and their last calls."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from tests.connections.making import CANARY_KEY
from tests.connections.use_world import connect, use
from tests.make import entered, make_account, make_administrator, sign_in_by_api
from tests.signin.faces import events_of
from tests.tokens.dpop_key import BoundCaller
from webapp.accounts.scopes import LONGEST_SCOPE
from webapp.connections.calls import try_connection
from webapp.connections.models import Connection
from webapp.connections.service import get_named
from webapp.connections.use import MOST_SHOWN, PERSON_LANE, person_key
from webapp.core.limit import Limit
from webapp.core.parts import part
from webapp.infra.database import db, unit_of_work
from webapp.infra.throttle import Throttle

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

LIST = "/api/v1/connections"
START = datetime(2030, 5, 1, 12, 30, tzinfo=UTC)


def read(client: FlaskClient, token: dict[str, str], name: str = "") -> Any:
    answer = client.get(f"{LIST}/{name}" if name else LIST, headers=token)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_those_a_person_may_use_are_listed_with_what_they_take(app: Flask, client: FlaskClient) -> None:
    made = connect(app, per_person="3/h", overall="100/d", methods=("GET", "POST"), paths=("/a", "/b/*"))
    connect(app, name="archive", is_enabled=False)
    connect(app, name="payments", roles=("support",))
    with time_machine.travel(START, tick=False):
        token = sign_in_by_api(client, person := make_account(app))
        with app.app_context():
            part(Throttle).count(PERSON_LANE, person_key(made.id, person.id), Limit(3, 3600))
        found = read(client, token)["connections"]
    assert [(each["name"], each["enabled"]) for each in found] == [("archive", False), ("weather", True)]
    weather = found[1]
    assert weather["url"].endswith("/api/v1/connections/weather")
    assert (weather["host"], weather["base_url"]) == ("api.example.com", "https://api.example.com/v1")
    assert (weather["methods"], weather["paths"]) == (["GET", "POST"], ["/a", "/b/*"])
    assert weather["quota"] == {"limit": 3, "seconds": 3600, "used": 1, "resets_at": "2030-05-01T13:00:00Z"}
    assert (weather["limits"]["overall"], weather["limits"]["most_sent"]) == ("100/d", 1_000_000)
    assert CANARY_KEY not in str(found)


@pytest.mark.parametrize(
    ("auth", "header", "query"),
    [
        ({"auth_kind": "bearer"}, [["Authorization", "Bearer ********"]], []),
        ({"auth_kind": "basic", "auth_name": "ada"}, [["Authorization", "Basic ********"]], []),
        (
            {"auth_kind": "header", "auth_name": "X-Key", "auth_template": "v={key}"},
            [["X-Key", "v=********"]],
            [],
        ),
        ({"auth_kind": "query", "auth_name": "appid"}, [], [["appid", "********"]]),
    ],
    ids=["bearer", "basic", "header", "query"],
)
def test_what_is_added_to_a_call_is_shown_with_the_key_masked(
    app: Flask, client: FlaskClient, auth: dict[str, str], header: list[list[str]], query: list[list[str]]
) -> None:
    connect(app, **auth)
    found = read(client, sign_in_by_api(client, make_account(app)), "weather")
    fixed = [["Host", "api.example.com"], ["Accept-Encoding", "identity"], ["User-Agent", "Latchkey"]]
    assert found["sends"] == {"headers": fixed + header, "query": query}
    assert found["auth"] == {"type": auth["auth_kind"], "name": auth.get("auth_name", "")}
    with app.app_context(), unit_of_work(writes=False):
        tried = try_connection(get_named("weather"), "GET", "/x", actor_id="a" * 26, request_id="r" * 8)
        assert [list(each) for each in tried.shown.headers] == fixed + header


def test_last_calls_are_ones_own_latest_first(app: Flask, client: FlaskClient) -> None:
    made, other = connect(app), connect(app, name="other")
    ada, bob = make_account(app), make_account(app)
    with time_machine.travel(START, tick=False) as clock:
        token = sign_in_by_api(client, ada)
        use(app, made, ada, MOST_SHOWN)
        use(app, other, ada, path="/of-another-connection")
        use(app, made, bob, path="/of-another-person")
        clock.shift(timedelta(seconds=1))
        use(app, made, ada, status=None, error="upstream_slow", first_byte_ms=None, method="POST")
        calls = read(client, token, "weather")["calls"]
    assert len(calls) == MOST_SHOWN
    assert calls[0] == {
        "at": "2030-05-01T12:30:01Z", "method": "POST", "path": "/v1/forecast", "status": None,
        "error": "upstream_slow", "sent_bytes": 10, "answered_bytes": 1000, "first_byte_ms": None,
        "milliseconds": 60, "request_id": calls[0]["request_id"],
    }  # fmt: skip
    assert {(each["at"], each["path"]) for each in calls[1:]} == {("2030-05-01T12:30:00Z", "/v1/forecast")}


def test_who_may_not_use_it_learns_not_even_whether_it_is_there(app: Flask, client: FlaskClient) -> None:
    connect(app, roles=("support",))
    person = make_account(app)
    token = sign_in_by_api(client, person)
    answers = [client.get(f"{LIST}/{name}", headers=token) for name in ("weather", "nothing")]
    assert {each.status_code for each in answers} == {403}
    assert [each.headers["X-Latchkey-Error"] for each in answers] == ["insufficient_scope"] * 2
    assert 'scope="use:connection:weather"' in answers[0].headers["WWW-Authenticate"]
    assert read(client, token) == {"connections": []}
    denied = events_of(app, "access.denied")
    assert ["use:connection:weather" in denied[0], "use:connection:nothing" in denied[1]] == [True, True]


def test_scope_of_what_is_gone_finds_nothing(app: Flask, client: FlaskClient) -> None:
    made = connect(app)
    token = sign_in_by_api(client, make_account(app))
    with entered(app), unit_of_work():
        db.session.delete(db.session.get_one(Connection, made.id))
    answer = client.get(f"{LIST}/weather", headers=token)
    assert (answer.status_code, answer.get_json()["error"]) == (404, "connection_not_found")


@pytest.mark.parametrize(
    "name", ["A", "x" * LONGEST_SCOPE, 'a"b', "%C3%A9", "a%20b", "a%0d%0ab", "*", "-", "%00"]
)
def test_name_that_none_can_have_is_not_found_and_repeated_nowhere(
    app: Flask, client: FlaskClient, name: str
) -> None:
    answer = client.get(f"{LIST}/{name}", headers=sign_in_by_api(client, make_account(app)))
    assert answer.status_code in {400, 404}
    assert "use:connection" not in str(answer.headers)
    assert events_of(app, "access.denied") == []


def test_nobody_without_a_good_token_gets_in(app: Flask, client: FlaskClient) -> None:
    connect(app)
    root = make_administrator(app, "root")
    token = sign_in_by_api(client, root)
    assert client.get(f"{LIST}/weather").status_code == 401
    assert client.post(LIST, headers=token, json={}).status_code == 405
    unverified = make_account(app, verified=False)
    held_back = sign_in_by_api(app.test_client(), unverified)
    assert read(client, held_back) == {"connections": []}
    assert client.get(f"{LIST}/weather", headers=held_back).status_code == 403
    client.post("/api/v1/logout", headers=token)
    assert client.get(LIST, headers=token).status_code == 401


def test_bound_token_is_told_of_calls_for_it(app: Flask) -> None:
    connect(app)
    caller = BoundCaller(app.test_client(), make_account(app))
    found = caller.call("GET", "/api/v2/connections").get_json()["connections"]
    assert found[0]["url"].endswith("/api/v2/connections/weather")
