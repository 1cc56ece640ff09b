"""An endpoint that takes nothing for five days is turned off, and whoever administers is told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import select

from tests.admin.console import events
from tests.make import entered, make_account, make_administrator
from tests.servers.upstream_answers import reply
from tests.webhooks.receiving import ACTOR, LOOPBACK, TAKEN, find
from webapp.core import clock
from webapp.infra.database import db, unit_of_work
from webapp.infra.models import Mail
from webapp.infra.outbox import open_letter
from webapp.webhooks.service import turn

if TYPE_CHECKING:
    from flask import Flask

    from tests.webhooks.receiving import Receiver


@pytest.fixture
def environment() -> dict[str, str]:
    return {**LOOPBACK, "SMTP_URL": "smtp://127.0.0.1:9", "MAIL_FROM": "latchkey@example.org"}


def letters(app: Flask) -> list[tuple[str, str]]:
    with entered(app), unit_of_work(writes=False):
        query = select(Mail).where(Mail.kind == "webhook_turned_off")
        return [
            (recipient, letter.subject) for recipient, letter in map(open_letter, db.session.scalars(query))
        ]


@pytest.mark.database
def test_endpoint_that_fails_for_five_days_is_turned_off_and_told_by_letter(
    app: Flask, receiver: Receiver
) -> None:
    make_administrator(app, "root")
    make_account(app, "bob")
    receiver.answers(reply(status=500))
    begun = clock.now()
    for passed, is_enabled in ((0, True), (4.9, True), (5.1, False)):
        with time_machine.travel(begun + timedelta(days=passed)):
            make_account(app, locked=True)
            receiver.send()
        assert find(app, receiver.endpoint.id).is_enabled is is_enabled
    assert len(events(app, "webhook.turned_off")) == 1
    assert letters(app) == [("root@example.org", "A webhook endpoint of Latchkey was turned off")]


def test_one_delivery_begins_the_days_anew_and_turning_on_forgives(app: Flask, receiver: Receiver) -> None:
    begun = clock.now()
    for passed, answer in (
        (0, reply(status=500)),
        (3, TAKEN),
        (6, reply(status=500)),
        (7, reply(status=500)),
    ):
        with time_machine.travel(begun + timedelta(days=passed)):
            receiver.answers(answer)
            make_account(app, locked=True)
            receiver.send()
    endpoint = find(app, receiver.endpoint.id)
    assert (endpoint.is_enabled, endpoint.failing_since is not None) == (True, True)
    with entered(app), unit_of_work():
        turn(endpoint.id, is_enabled=False, actor_id=ACTOR)
        turn(endpoint.id, is_enabled=True, actor_id=ACTOR)
    assert find(app, endpoint.id).failing_since is None
