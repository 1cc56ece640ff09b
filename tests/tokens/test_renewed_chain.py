"""After a fresh proof the chain begins anew: nothing that was handed out before earns a token, wherever it stood."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from tests.make import make_account
from webapp.accounts.service import get_account
from webapp.core import clock
from webapp.infra.database import unit_of_work
from webapp.sessions.causes import EndCause
from webapp.sessions.errors import SessionEnded
from webapp.sessions.service import Standing, end_session, require_standing, start_session
from webapp.tokens.chain_store import state_of
from webapp.tokens.refresh_rule import (
    ChainState,
    EndSession,
    RefreshTiming,
    Reissue,
    RetryLater,
    Swap,
    decide_refresh,
)
from webapp.tokens.renewed_chain import renew_chain

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)
TIMING = RefreshTiming(overlap=timedelta(seconds=60), deadline=timedelta(seconds=15))
AGES = [timedelta(seconds=each) for each in (0, 1, 14, 15, 59, 60, 89, 90, 119, 120, 7200, 10**6)]
BROWSER, THIEF = b"browser", b"thief"


@pytest.fixture
def standing(at_work: Flask) -> Standing:
    """Signed in a moment ago, with a chain that has moved and a key that it is bound to."""
    person = make_account(at_work)
    with unit_of_work():
        session = start_session(get_account(person.id))
        session.counter, session.received, session.key_thumbprint = 5, 3, "k" * 43
    return require_standing(session.id)


@pytest.mark.database
def test_chain_goes_on_from_the_next_number_received_and_unbound(standing: Standing) -> None:
    with unit_of_work():
        renew_chain(standing)
    shown = (state_of(standing.session), standing.session.key_thumbprint)
    stored = require_standing(standing.session.id).session
    assert shown == (state_of(stored), stored.key_thumbprint)
    assert (stored.counter, stored.received, stored.key_thumbprint) == (6, 6, None)
    assert stored.rotated_at is not None
    assert clock.now() - stored.rotated_at < timedelta(minutes=1)


def test_ended_session_gets_no_new_chain(standing: Standing) -> None:
    with unit_of_work():
        end_session(standing.session.id, standing.account.id, EndCause.ADMINISTRATOR)
    with pytest.raises(SessionEnded), unit_of_work():
        renew_chain(standing)
    assert state_of(standing.session).counter == 5


@pytest.mark.parametrize("moved", [0, 1, 2], ids=["at once", "after a swap", "after two"])
def test_no_number_of_before_earns_anything_ever_again(moved: int) -> None:
    """The state that `renew_chain` leaves, then swaps by the browser that got the new number."""
    renewed = 7
    state = ChainState(renewed + moved, renewed + max(moved - 1, 0), NOW, BROWSER)
    for number, age, who in itertools.product(range(1, renewed), AGES, (BROWSER, THIEF)):
        decision = decide_refresh(state, number, NOW + age, who, TIMING)
        assert decision == EndSession(EndCause.REFRESH_TOKEN_REUSED) or (
            decision == RetryLater() and age < TIMING.deadline
        ), (number, age, who)


def test_new_number_renews_and_moves_on_as_any_other() -> None:
    state = ChainState(7, 7, NOW, BROWSER)
    assert decide_refresh(state, 7, NOW, BROWSER, TIMING) == Reissue()
    assert decide_refresh(state, 7, NOW + TIMING.settled, BROWSER, TIMING) == Swap(8, 7)
