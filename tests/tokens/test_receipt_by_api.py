"""An access token at the API proves which refresh token reached the browser, or gives away a void one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from tests.tokens.refresh_world import START
from tests.tokens.shown_tokens import Holder, code_of
from webapp.core.event_names import EventName
from webapp.infra.database import db
from webapp.infra.models import AuditEvent
from webapp.sessions.models import Session


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def holder(app: Flask) -> Holder:
    """A chain at 2, received 1, just swapped."""
    holder = Holder(app)
    assert holder.show().status_code == 200
    return holder


def chain_of(app: Flask) -> tuple[int, int]:
    with app.app_context():
        row = db.session.scalars(select(Session)).one()
        return row.counter, row.received


@pytest.mark.parametrize(("age", "received"), [(0, 1), (60, 1), (119.9, 1), (120, 2)])
def test_call_proves_receipt_of_the_newest_number_at_twice_the_overlap(
    app: Flask, holder: Holder, clock: time_machine.Traveller, age: float, received: int
) -> None:
    clock.shift(age)
    assert holder.call().status_code == 200
    assert chain_of(app) == (2, received)


def test_call_with_an_older_token_proves_nothing(
    app: Flask, holder: Holder, clock: time_machine.Traveller
) -> None:
    older = holder.access_token
    clock.shift(120)
    holder.show()
    clock.shift(120)
    assert holder.call(older).status_code == 200
    assert chain_of(app) == (3, 2)


def test_proven_receipt_makes_the_number_before_it_reuse(
    holder: Holder, clock: time_machine.Traveller
) -> None:
    clock.shift(120)
    holder.call()
    assert code_of(holder.show(holder.refresh_tokens[0])) == (401, "refresh_token_reused")


def test_unproven_receipt_lets_the_number_before_it_claim_a_lost_answer(
    app: Flask, holder: Holder, clock: time_machine.Traveller
) -> None:
    clock.shift(120)
    assert holder.show(holder.refresh_tokens[0]).status_code == 200
    assert chain_of(app) == (3, 1)


@pytest.fixture
def void(holder: Holder, clock: time_machine.Traveller) -> str:
    """An access token of a number declared void: another holder of number 1 claimed a lost answer."""
    token = holder.access_token
    clock.shift(90)
    holder.show(holder.refresh_tokens[0])
    return token


def test_token_of_a_void_number_is_taken_within_the_overlap(
    holder: Holder, void: str, clock: time_machine.Traveller
) -> None:
    clock.shift(59.9)
    assert holder.call(void).status_code == 200


def test_token_of_a_void_number_ends_the_session_from_then_on(
    app: Flask, holder: Holder, void: str, clock: time_machine.Traveller
) -> None:
    clock.shift(60)
    answer = holder.call(void)
    assert code_of(answer) == (401, "refresh_token_reused")
    assert answer.get_json()["cause"] == "refresh_token_reused"
    assert code_of(holder.call()) == (401, "session_ended")
    assert code_of(holder.show()) == (401, "session_ended")
    with app.app_context():
        names = list(db.session.scalars(select(AuditEvent.name)))
    assert names.count(EventName.REFRESH_TOKEN_REUSED) == names.count(EventName.SESSION_ENDED) == 1
