"""Far more failed sign-ins than usual are told: of one account, or of the whole service, once an hour."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.admin.console import events
from tests.make import entered, make_account
from tests.webhooks.receiving import start_receiving
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.database import unit_of_work
from webapp.webhooks.bursts import note_bursts

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask


def fail(app: Flask, times: int, account_id: str | None = None, at: datetime | None = None) -> None:
    """So many failed sign-ins, all at once."""
    with time_machine.travel(at or clock.now(), tick=False), entered(app), unit_of_work():
        for _ in range(times):
            record_event(EventName.LOGIN_FAILED, account_id=account_id, result="failure")


def look(app: Flask) -> int:
    with entered(app), unit_of_work(writes=False):
        return note_bursts()


@pytest.mark.database
def test_burst_is_told_of_the_service_and_of_the_account_once_an_hour(app: Flask) -> None:
    with start_receiving(app, events=["login.failed.burst"]) as receiver:
        bob = make_account(app, "bob")
        fail(app, 19, bob.id)
        assert look(app) == 0
        fail(app, 1, bob.id)
        assert (look(app), look(app)) == (2, 0)
        assert receiver.send() == (2, 0)
        told = {each["data"].get("account_id"): each["data"] for each in receiver.told()}
    assert told == {
        None: {"failures": 20, "minutes": 5, "usual": 0.0},
        bob.id: {"account_id": bob.id, "failures": 20, "minutes": 5, "usual": 0.0},
    }
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        fail(app, 30)
        assert look(app) == 1
    assert [each.account_id for each in events(app, "login.failed.burst")].count(None) == 2


@pytest.mark.parametrize(("usual", "bursts"), [(3, 2), (5, 0)])
def test_what_is_usual_for_a_service_is_no_burst(app: Flask, usual: int, bursts: int) -> None:
    begun = clock.now().replace(minute=30)
    bob = make_account(app, "bob")
    for hour in range(24, 0, -1):
        fail(app, usual * 12, bob.id, begun - timedelta(hours=hour) + timedelta(minutes=15))
    fail(app, 20, bob.id, begun)
    with time_machine.travel(begun + timedelta(seconds=1)):
        assert look(app) == bursts
