"""Who may act on connections by the API: which roles, with how old a proof, and only while that is so."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask, g

from tests.admin.connection_door import LIST, Door, open_door
from tests.admin.console import events
from tests.admin.test_connection_api import NEW, keys
from tests.connections.making import CANARY_KEY, make_connection
from tests.make import PASSWORD, entered, make_account, make_administrator
from webapp.access.proved_caller import proved_caller
from webapp.accounts import service as accounts
from webapp.accounts.roles import create_role
from webapp.core import clock
from webapp.infra.database import unit_of_work
from webapp.sessions.causes import EndCause
from webapp.sessions.errors import SessionEnded
from webapp.sessions.service import end_session, new_standing, start_session
from webapp.tokens.errors import InsufficientScope

GONE = "a" * 26
ACTS: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("GET", f"/{GONE}", None),
    ("POST", "", {}),
    ("PATCH", f"/{GONE}", {"version": "x"}),
    ("PUT", f"/{GONE}/key", {"version": "x", "key": CANARY_KEY}),
    ("DELETE", f"/{GONE}", None),
    ("POST", f"/{GONE}/test", {"method": "GET", "path": "/"}),
]
DENIED, NOTHING_THERE = (403, "insufficient_scope"), (404, "connection_not_found")
READS: list[Any] = [(200, "None"), NOTHING_THERE]
WRITES: list[Any] = [(422, "invalid_input"), *[NOTHING_THERE] * 4]


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("user", [DENIED] * 7),
        ("auditor", [*READS, *[DENIED] * 5]),
        ("support", [*READS, *[DENIED] * 5]),
        ("writer", [*[DENIED] * 2, *WRITES]),
        ("administrator", [*READS, *WRITES]),
    ],
)
def test_role_does_here_what_it_may_and_no_more(app: Flask, role: str, allowed: list[Any]) -> None:
    with entered(app), unit_of_work():
        create_role("writer", "Changes things unseen.", ["admin:write"], actor_id="")
    for version in ("v1", "v2"):
        door = open_door(app, make_account(app, roles=("user", role)), version)
        assert [door.refused(*act) for act in ACTS] == allowed
    assert len(events(app, "access.denied")) == 2 * allowed.count(DENIED)


def test_nobody_without_an_open_session_gets_in(app: Flask) -> None:
    door = open_door(app, make_administrator(app))
    stranger = Door("v1", app.test_client())
    assert {stranger.refused(*act) for act in ACTS} == {(401, "token_missing")}
    held_back = make_account(app, roles=("user", "administrator"), verified=False)
    assert {open_door(app, held_back).refused(*act) for act in ACTS} == {DENIED}
    door.client.post("/api/v1/logout", headers=door.token)
    assert {door.refused(*act) for act in ACTS} == {(401, "session_ended")}


def test_every_act_needs_a_proof_of_the_last_ten_minutes(app: Flask) -> None:
    door = open_door(app, make_administrator(app))
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        for method, path, body in [("POST", "", NEW), *ACTS[3:]]:
            answer = door.call(method, path, body)
            assert (answer.status_code, answer.get_json()["max_age"]) == (401, 600), path
            assert (
                'error="insufficient_user_authentication", max_age="600"'
                in answer.headers["WWW-Authenticate"]
            )
        assert [door.refused(*act) for act in ACTS[:2]] == READS
        assert keys(app) == []
        door.client.post("/api/v1/proof", headers=door.token, json={"password": PASSWORD})
        assert door.call("POST", "", NEW).status_code == 201


def test_right_taken_away_while_the_act_waits_is_noticed(app: Flask) -> None:
    person = make_administrator(app)
    make_administrator(app)
    with app.test_request_context(LIST), unit_of_work():
        account = accounts.get_account(person.id)
        g.caller = new_standing(start_session(account), account)
        assert proved_caller("admin:write") is g.caller
        accounts.change_roles(account, ("user",), actor_id=person.id)
        with pytest.raises(InsufficientScope):
            proved_caller("admin:write")
        end_session(g.caller.session_id, person.id, EndCause.SIGNED_OUT)
        with pytest.raises(SessionEnded):
            proved_caller("admin:write")


@pytest.mark.database
def test_of_two_changes_at_once_one_is_made(app: Flask) -> None:
    made, start = make_connection(app, base_url="https://api.example.com"), threading.Barrier(2)
    doors = [open_door(app, make_administrator(app)) for _ in range(2)]
    body = {"version": doors[0].version_of(made), "roles": ["support"]}

    def change(door: Door) -> int:
        start.wait(timeout=20)
        return door.call("PATCH", f"/{made.id}", body).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(change, doors)) == [200, 409]
    assert len(events(app, "connection.changed")) == 1
