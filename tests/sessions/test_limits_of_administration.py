"""Whoever may do anything in the administration is under its short limits, by whichever role."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.make import make_account, sign_in
from tests.page_client import PageClient
from tests.signin.faces import events_of
from webapp.accounts.roles import change_role, create_role, hold_role
from webapp.infra.database import unit_of_work
from webapp.sessions.purge import end_outlived

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask


START = datetime(2030, 5, 1, 12, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as travelling:
        yield travelling


def make_deputy(app: Flask, *scopes: str) -> None:
    with app.app_context(), unit_of_work():
        create_role("deputy", "For a while.", scopes, actor_id="")


@pytest.mark.parametrize("role", ["auditor", "support", "deputy"])
def test_session_of_any_role_of_the_administration_lies_idle_no_longer_than_half_an_hour(
    app: Flask, pages: PageClient, clock: time_machine.Traveller, role: str
) -> None:
    make_deputy(app, "admin:write")
    sign_in(pages, make_account(app, roles=("user", role)))
    cookie = pages.client.get_cookie("__Host-refresh_token")
    assert (cookie and cookie.expires) == START + timedelta(hours=12)
    clock.shift(HALF_HOUR)
    assert pages.get("/account").path.startswith("/login")


def test_role_that_comes_to_open_the_administration_shortens_open_sessions(
    app: Flask, pages: PageClient, clock: time_machine.Traveller
) -> None:
    make_deputy(app, "reports:read")
    sign_in(pages, make_account(app, roles=("user", "deputy")))
    clock.shift(HALF_HOUR)
    assert pages.get("/account").path == "/account"
    with app.app_context(), unit_of_work():
        change_role(hold_role("deputy"), "For a while.", ["admin:read"], actor_id="")
    clock.shift(HALF_HOUR)
    assert pages.get("/account").path.startswith("/login")


@pytest.mark.database
def test_purge_ends_idle_sessions_of_the_administration_and_no_others(
    app: Flask, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As though they were many.
    monkeypatch.setattr("webapp.sessions.history_store._HOLDERS_AT_ONCE", 1)
    make_deputy(app, "admin:read")
    for role in ("deputy", "support", "administrator", "user"):
        sign_in(PageClient(app.test_client()), make_account(app, roles=("user", role)))
    clock.shift(HALF_HOUR)
    with app.app_context(), unit_of_work(writes=False):
        assert (end_outlived(2), end_outlived(2), end_outlived(2)) == (2, 1, 0)
    assert events_of(app, "session.ended") == ['{"cause":"idle"}'] * 3
