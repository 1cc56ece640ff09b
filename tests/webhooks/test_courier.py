"""Which message is taken next: bounds for all, for one endpoint, and for those that fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.make import entered, make_account
from tests.servers.upstream_answers import reply
from tests.webhooks.receiving import TAKEN, make_endpoint, messages
from webapp.core import clock
from webapp.infra.database import unit_of_work
from webapp.webhooks import store
from webapp.webhooks.courier import MOST_AT_ONCE, Courier

if TYPE_CHECKING:
    from flask import Flask

    from tests.webhooks.receiving import Receiver


def take_all(app: Flask, courier: Courier) -> list[str]:
    """The endpoints of all that may be under way at once."""
    taken = []
    with app.app_context():
        while (claim := courier.take()) is not None:
            taken.append(claim.endpoint_id)
    return taken


@pytest.mark.database
def test_one_endpoint_has_two_places_and_one_while_it_fails(app: Flask, receiver: Receiver) -> None:
    other = make_endpoint(app, f"{receiver.service.url}/other", name="Other")
    with entered(app), unit_of_work():
        store.note_failure(other.id, clock.now())
    for _ in range(3):
        make_account(app, locked=True)
    taken = take_all(app, Courier())
    assert (taken.count(receiver.endpoint.id), taken.count(other.id)) == (2, 1)


def test_failing_endpoints_leave_half_of_the_places_to_the_others(app: Flask, receiver: Receiver) -> None:
    failing = [
        make_endpoint(app, f"{receiver.service.url}/{number}", name=f"Failing {number}").id
        for number in range(MOST_AT_ONCE)
    ]
    with entered(app), unit_of_work():
        for each in failing:
            store.note_failure(each, clock.now())
    make_account(app, locked=True)
    make_account(app, locked=True)
    taken = take_all(app, Courier())
    assert (len(taken), taken.count(receiver.endpoint.id)) == (MOST_AT_ONCE // 2 + 2, 2)


def test_endpoint_that_failed_rests_until_one_delivery_lets_all_go(
    app: Flask, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.answers(reply(status=500))
    for _ in range(6):
        make_account(app, locked=True)
    moment, courier = clock.monotonic(), Courier()
    monkeypatch.setattr(clock, "monotonic", lambda: moment)
    outcomes = []
    for passed in (0, 0.9, 1.1, 2.9, 3.2):
        with app.app_context():
            monkeypatch.setattr(clock, "monotonic", lambda passed=passed: moment + passed)
            outcomes.append(courier.run_round())
        if passed == 2.9:
            receiver.answers(TAKEN)
    assert outcomes == [(0, 1), (0, 0), (0, 1), (0, 0), (4, 0)]
    assert sum(each.attempts for each in messages(app)) == 6
