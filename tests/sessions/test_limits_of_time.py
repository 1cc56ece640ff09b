"""A session ends when it lies idle, and at the latest after its absolute limit; an administrator's much sooner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.make import csrf_header, make_account, make_administrator, refresh, sign_in, sign_in_by_api
from tests.page_client import PageClient

START = datetime(2030, 5, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WEEK, HALF_HOUR = timedelta(days=7), timedelta(minutes=30)

SHORT = {"SESSION_ABSOLUTE_LIMIT": "600", "REFRESH_TOKEN_LIFETIME": "600", "ACCESS_TOKEN_LIFETIME": "300"}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as travelling:
        yield travelling


@pytest.mark.parametrize(
    ("make", "idle"), [(make_account, WEEK), (make_administrator, HALF_HOUR)], ids=["user", "administrator"]
)
def test_page_session_ends_when_it_lies_idle(
    app: Flask, pages: PageClient, clock: time_machine.Traveller, make: Callable, idle: timedelta
) -> None:
    sign_in(pages, make(app))
    clock.shift(idle - SECOND)
    assert pages.get("/account").path == "/account"
    clock.shift(idle)
    page = pages.get("/account")
    assert page.path == "/login?next=%2Faccount"
    assert "you had not used this session for a while" in page.text


def test_access_token_of_an_idle_session_is_refused_with_the_cause(
    app: Flask, client: FlaskClient, clock: time_machine.Traveller
) -> None:
    sign_in_by_api(client, make_administrator(app))
    clock.shift(HALF_HOUR - SECOND)
    token = refresh(client)
    clock.shift(SECOND)
    answer = client.get("/api/v1/protected", headers=token)
    assert (answer.status_code, answer.get_json()["error"]) == (401, "session_ended")
    assert answer.get_json()["cause"] == "idle"


def test_renewal_alone_is_no_use(app: Flask, client: FlaskClient, clock: time_machine.Traveller) -> None:
    sign_in_by_api(client, make_account(app))
    for _ in range(6):
        clock.shift(timedelta(days=1))
        refresh(client)
    clock.shift(timedelta(days=1))
    answer = client.post("/api/v1/refresh", headers=csrf_header(client))
    assert (answer.status_code, answer.get_json()["cause"]) == (401, "idle")


def test_session_in_daily_use_lasts_to_its_absolute_limit(
    app: Flask, pages: PageClient, clock: time_machine.Traveller
) -> None:
    sign_in(pages, make_account(app))
    for _ in range(29):
        clock.shift(timedelta(days=1))
        assert pages.get("/account").path == "/account"
        refresh(pages.client)
    clock.shift(timedelta(days=1))
    page = pages.get("/account")
    assert (page.path, "a session lasts only so long" in page.text) == ("/login?next=%2Faccount", True)


def test_administrators_session_ends_after_twelve_hours_of_use(
    app: Flask, pages: PageClient, clock: time_machine.Traveller
) -> None:
    sign_in(pages, make_administrator(app))
    for _ in range(35):
        clock.shift(timedelta(minutes=20))
        assert pages.get("/account").path == "/account"
    clock.shift(timedelta(minutes=20))
    assert "a session lasts only so long" in pages.get("/account").text


def test_refresh_token_never_outlives_the_session(
    app: Flask, client: FlaskClient, clock: time_machine.Traveller
) -> None:
    sign_in_by_api(client, make_administrator(app))
    cookie = client.get_cookie("__Host-refresh_token")
    assert cookie is not None
    assert cookie.expires == START + timedelta(hours=12)


def test_new_administrator_is_under_the_short_limits_at_once(
    app: Flask, pages: PageClient, clock: time_machine.Traveller
) -> None:
    from webapp.accounts.service import change_roles, get_account
    from webapp.infra.database import unit_of_work

    person = make_account(app)
    sign_in(pages, person)
    with app.app_context(), unit_of_work():
        change_roles(get_account(person.id), ["user", "administrator"], actor_id=person.id)
    clock.shift(HALF_HOUR)
    assert pages.get("/account").path.startswith("/login")


def test_use_is_written_down_at_most_once_a_minute(
    app: Flask, pages: PageClient, clock: time_machine.Traveller
) -> None:
    from sqlalchemy import select

    from webapp.infra.database import db
    from webapp.sessions.models import Session

    sign_in(pages, make_account(app))
    for seconds in (59, 1, 30):
        clock.shift(timedelta(seconds=seconds))
        pages.get("/account")
    with app.app_context():
        assert db.session.scalar(select(Session.last_active_at)) == START + timedelta(seconds=60)


@pytest.mark.parametrize(
    "settings",
    [
        {"SESSION_IDLE_LIMIT": "600"},
        SHORT,
    ],
    ids=["idle", "absolute"],
)
def test_limits_are_settings(
    make_app: Callable[..., Flask], clock: time_machine.Traveller, settings: dict[str, str]
) -> None:
    app = make_app(**settings)
    pages = PageClient(app.test_client())
    sign_in(pages, make_account(app))
    clock.shift(timedelta(seconds=599))
    assert pages.get("/login").path == "/account"
    clock.shift(timedelta(seconds=600))
    assert pages.get("/account").path.startswith("/login")
