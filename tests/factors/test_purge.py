"""What was begun and never finished is deleted by maintenance: apps that nobody confirmed, challenges not answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.factors.faces import begin, factors_of, token_of
from tests.make import enrol_app, make_account
from webapp.factors.models import PasskeyChallenge
from webapp.factors.purge import forget_challenges, forget_enrolments
from webapp.infra.database import db, unit_of_work
from webapp.ops.maintenance import TASKS

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


def purge(app: Flask) -> int:
    with app.app_context(), unit_of_work(writes=False):
        return forget_enrolments(10)


@pytest.mark.database
def test_begun_app_goes_after_an_hour_and_one_in_force_never(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = make_account(app)
        enrol_app(app, person)
        begin(client, token_of(app, person))
        clock.shift(timedelta(minutes=59))
        assert purge(app) == 0
        clock.shift(timedelta(minutes=1))
        assert [purge(app), purge(app)] == [1, 0]
        clock.shift(timedelta(days=400))
        assert purge(app) == 0
        assert len(factors_of(client, token_of(app, person))["totp"]) == 1


@pytest.mark.database
def test_challenge_goes_when_it_expires(app: Flask) -> None:
    with time_machine.travel(START, tick=False) as clock, app.app_context():
        with unit_of_work():
            for minutes in (1, 5):
                expiry = START + timedelta(minutes=minutes)
                row = PasskeyChallenge(
                    challenge_digest=bytes([minutes] * 32), purpose="sign_in", expires_at=expiry
                )
                db.session.add(row)
        clock.shift(timedelta(minutes=1))
        for remaining in (1, 0):
            with unit_of_work(writes=False):
                assert forget_challenges(10) == remaining


def test_both_are_tasks_of_the_maintenance() -> None:
    names = {each.name for each in TASKS}
    assert {
        "Authenticator apps never confirmed deleted",
        "Challenges to passkeys never answered deleted",
    } <= names
