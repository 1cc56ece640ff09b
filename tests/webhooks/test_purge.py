"""Messages are given up when nobody could send them, and forgotten after 30 days or with their endpoint."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.make import entered
from tests.webhooks.receiving import ACTOR, attempts, messages, queue_test
from webapp.core import clock
from webapp.infra.database import unit_of_work
from webapp.webhooks.purge import forget_messages, give_up_messages
from webapp.webhooks.service import delete_endpoint, turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from tests.webhooks.receiving import Receiver


def purge(app: Flask, work: Callable[[int], int], days: float = 0) -> int:
    with time_machine.travel(clock.now() + timedelta(days=days)), entered(app), unit_of_work(writes=False):
        return work(10)


@pytest.mark.database
def test_what_is_over_for_a_month_is_forgotten_with_its_attempts(app: Flask, receiver: Receiver) -> None:
    queue_test(app, receiver.endpoint.id)
    receiver.send()
    assert (purge(app, forget_messages, 29), len(attempts(app))) == (0, 1)
    assert (purge(app, forget_messages, 31), purge(app, forget_messages, 31)) == (1, 0)
    assert (messages(app), attempts(app)) == ([], [])


def test_what_waits_for_an_endpoint_that_is_off_is_given_up_after_three_days(
    app: Flask, receiver: Receiver
) -> None:
    queue_test(app, receiver.endpoint.id)
    with entered(app), unit_of_work():
        turn(receiver.endpoint.id, is_enabled=False, actor_id=ACTOR)
    assert [purge(app, give_up_messages, days) for days in (2.9, 3.1, 3.1)] == [0, 1, 0]
    (message,) = messages(app)
    assert (message.due_at, message.last_problem, message.given_up_at is not None) == (None, "overdue", True)


def test_messages_of_a_deleted_endpoint_are_not_sent_and_soon_forgotten(
    app: Flask, receiver: Receiver
) -> None:
    queue_test(app, receiver.endpoint.id)
    with entered(app), unit_of_work():
        delete_endpoint(receiver.endpoint.id, actor_id=ACTOR)
    assert (receiver.send(), receiver.received) == ((0, 0), [])
    assert (purge(app, forget_messages), messages(app)) == (1, [])
