"""A session past a limit is marked as ended with its cause, once: when somebody meets it, or by the purge."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.make import csrf_header, make_account, make_administrator, refresh, sign_in
from tests.page_client import PageClient
from tests.signin.faces import end_cause_of, events_of
from webapp.infra.database import db, unit_of_work
from webapp.sessions.errors import SessionEnded
from webapp.sessions.models import Session
from webapp.sessions.purge import end_outlived, mark_outlived
from webapp.sessions.service import require_standing

START = datetime(2030, 5, 1, 12, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
IDLE_EVENT = ['{"cause":"idle"}']


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as travelling:
        yield travelling


def purge(size: int = 1000) -> int:
    with unit_of_work(writes=False):
        return end_outlived(size)


@pytest.mark.parametrize("way", ["page", "sign-in page", "call", "refresh"])
def test_session_met_past_its_limit_is_marked_once(
    app: Flask, client: FlaskClient, clock: time_machine.Traveller, way: str
) -> None:
    person = make_account(app)
    pages = PageClient(client)
    sign_in(pages, person)
    clock.shift(timedelta(days=7) - MINUTE)
    csrf, token = csrf_header(client), refresh(client)
    clock.shift(MINUTE)
    for _ in range(2):
        if way == "call":
            assert client.get("/api/v1/protected", headers=token).get_json()["cause"] == "idle"
        elif way == "refresh":
            assert client.post("/api/v1/refresh", headers=csrf).get_json()["cause"] == "idle"
        else:
            pages.get("/account" if way == "page" else "/login")
    with app.app_context():
        ended_at = db.session.scalar(select(Session.ended_at).where(Session.account_id == person.id))
    assert ended_at == START + timedelta(days=7)
    assert events_of(app, "session.ended") == IDLE_EVENT


@pytest.mark.database
def test_purge_ends_exactly_what_nobody_would_accept(at_work: Flask, clock: time_machine.Traveller) -> None:
    people = [make_account(at_work), make_administrator(at_work)]
    dice = random.Random(7)
    with unit_of_work():
        for number in range(120):
            created_at = START - dice.random() * 40 * DAY
            age = START - created_at
            quiet = age * dice.choice([0.0, 0.001, 0.01, dice.random(), 1.0])
            db.session.add(
                a_session(f"s{number}", dice.choice(people).id, created_at, created_at + age - quiet)
            )
    would_stand = {each for each in map("s{}".format, range(120)) if stands(each)}
    assert 20 < len(would_stand) < 100
    while purge(7):
        pass
    query = select(Session.id).where(Session.ended_at.is_(None))
    assert set(db.session.scalars(query)) == would_stand
    causes = set(db.session.scalars(select(Session.end_cause).where(Session.ended_at.is_not(None))))
    assert causes == {"idle", "absolute"}
    assert len(events_of(at_work, "session.ended")) == 120 - len(would_stand)


def test_first_limit_that_was_reached_is_the_cause(at_work: Flask, clock: time_machine.Traveller) -> None:
    person = make_account(at_work)
    with unit_of_work():
        db.session.add(a_session("idle", person.id, START - 60 * DAY, START - 50 * DAY))
        db.session.add(a_session("old", person.id, START - 60 * DAY, START - 30 * DAY))
    assert purge() == 2
    assert (end_cause_of(at_work, "idle"), end_cause_of(at_work, "old")) == ("idle", "absolute")


def test_purge_never_changes_the_cause_of_what_is_over(at_work: Flask, clock: time_machine.Traveller) -> None:
    person = make_account(at_work)
    with unit_of_work():
        over = a_session("over", person.id, START - 60 * DAY, START - 60 * DAY)
        over.ended_at, over.end_cause = START - 59 * DAY, "administrator"
        db.session.add(over)
    with unit_of_work():
        assert (purge(), mark_outlived(["over"])) == (0, 0)
    assert end_cause_of(at_work, "over") == "administrator"


def a_session(name: str, account_id: str, created_at: datetime, last_active_at: datetime) -> Session:
    return Session(
        id=name,
        account_id=account_id,
        device="Firefox on Linux",
        address="127.0.0.1",
        methods="pwd",
        created_at=created_at,
        authenticated_at=created_at,
        proved_at=created_at,
        last_active_at=last_active_at,
        ends_at=created_at + 30 * DAY,
    )


def stands(session_id: str) -> bool:
    try:
        require_standing(session_id)
    except SessionEnded:
        return False
    return True
