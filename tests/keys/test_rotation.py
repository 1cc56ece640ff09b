"""Rotation as it is carried out: after the answers of a serving node, by schedule, and past a locked database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from time import perf_counter
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from tests.admin.console import events
from tests.keys.key_nodes import QUICK, START, act, kid_that_is, states
from tests.make import entered, make_account, refresh, sign_in_by_api
from webapp.core import clock
from webapp.infra.database import db, unit_of_work
from webapp.keys.errors import SigningKeyNotFound, SigningKeyOver
from webapp.keys.models import SigningKey
from webapp.keys.rotation import revoke, rotate, turn_ring
from webapp.ops.maintenance import turn_signing_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine
    from flask import Flask

JWKS = "/.well-known/jwks.json"


@pytest.fixture
def environment() -> dict[str, str]:
    return QUICK


def published(app: Flask) -> list[str]:
    return [key["kid"] for key in app.test_client().get(JWKS).get_json()["keys"]]


def private_part(app: Flask, kid: str) -> bytes:
    with entered(app), unit_of_work(writes=False):
        return db.session.scalars(select(SigningKey.sealed_private_key).filter_by(kid=kid)).one()


def pass_time(traveller: time_machine.Traveller, seconds: float) -> None:
    traveller.move_to(clock.now() + timedelta(seconds=seconds))


@pytest.mark.database
def test_requests_alone_carry_a_rotation_through_every_state(
    moved_clock: time_machine.Traveller, app: Flask
) -> None:
    first = kid_that_is(app, "current")
    act(app, rotate)
    second = kid_that_is(app, "next")
    assert published(app) == [first, second]
    for seconds, expected in (
        (24, ["current", "next"]),
        (2, ["retiring", "current"]),
        (44, ["retiring", "current"]),
        (3, ["retired", "current"]),
    ):
        pass_time(moved_clock, seconds)
        published(app)
        assert [states(app)[first], states(app)[second]] == expected
    assert (published(app), private_part(app, first)) == ([second], b"")
    turned = events(app, "signing_key.activated")[-1:] + events(app, "signing_key.retired")
    assert [(each.via, each.address) for each in turned] == [("job", ""), ("job", "")]


def test_rotation_asked_for_twice_is_one(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        done, again = rotate(), rotate()
        assert (done.is_new, again.is_new, again.key.kid) == (True, False, done.key.kid)
        assert again.signs_from == done.key.created_at + timedelta(seconds=25)


def test_schedule_lets_each_key_sign_for_its_interval(
    moved_clock: time_machine.Traveller, make_app: Callable[..., Flask]
) -> None:
    app = make_app(KEY_ROTATION_INTERVAL="100")
    act(app, lambda: rotate(at_once=True))
    first = kid_that_is(app, "current")
    for seconds, expected in ((74, "current"), (2, "current"), (24, "current"), (2, "retiring")):
        pass_time(moved_clock, seconds)
        published(app)
        assert states(app)[first] == expected
    activated = [each.occurred_at for each in events(app, "signing_key.activated")]
    assert timedelta(seconds=100) <= activated[-1] - START < timedelta(seconds=105)


def test_idle_service_is_turned_by_maintenance(moved_clock: time_machine.Traveller, app: Flask) -> None:
    act(app, rotate)
    with app.app_context():
        assert turn_signing_keys() == 0
        pass_time(moved_clock, 26)
        assert (turn_signing_keys(), turn_signing_keys()) == (1, 0)
    assert list(states(app).values()) == ["retiring", "current"]


def test_locked_database_holds_no_answer_up_and_the_change_comes_later(
    moved_clock: time_machine.Traveller, app: Flask, database_url: str
) -> None:
    act(app, rotate)
    pass_time(moved_clock, 26)
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        begun = perf_counter()
        assert len(published(app)) == 2
        assert perf_counter() - begun < 3
        assert list(states(app).values()) == ["current", "next"]
    pass_time(moved_clock, 3)
    published(app)
    assert list(states(app).values()) == ["retiring", "current"]


@pytest.mark.database
def test_two_nodes_that_turn_at_once_turn_once(
    moved_clock: time_machine.Traveller, make_app: Callable[..., Flask]
) -> None:
    nodes = [make_app(), make_app()]
    act(nodes[0], rotate)
    for node in nodes:
        published(node)
    pass_time(moved_clock, 26)
    for node in nodes:
        with node.app_context(), unit_of_work():
            turn_ring()
    assert len(events(nodes[0], "signing_key.retiring")) == 1
    assert published(nodes[0]) == published(nodes[1])


@pytest.mark.database
def test_revoked_key_is_refused_at_once_and_clients_renew(app: Flask) -> None:
    client = app.test_client()
    headers = sign_in_by_api(client, make_account(app))
    first = kid_that_is(app, "current")
    act(app, lambda: revoke(first))
    answer = client.get("/api/v1/protected", headers=headers)
    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_token")
    assert client.get("/api/v1/protected", headers=refresh(client)).status_code == 200
    assert first not in published(app)
    assert private_part(app, first) == b""


def test_next_key_takes_over_from_a_revoked_one(app: Flask) -> None:
    act(app, rotate)
    waiting = kid_that_is(app, "next")
    act(app, lambda: revoke(kid_that_is(app, "current")))
    assert (kid_that_is(app, "current"), published(app)) == (waiting, [waiting])


def test_key_is_revoked_once_and_by_its_name_alone(app: Flask) -> None:
    first = kid_that_is(app, "current")
    act(app, lambda: revoke(first))
    for kid, refusal in (
        (first, SigningKeyOver),
        ("nobody's", SigningKeyNotFound),
        ("a\0b", SigningKeyNotFound),
    ):
        with app.app_context(), pytest.raises(refusal), unit_of_work():
            revoke(kid)
    assert len(events(app, "signing_key.revoked")) == 1
