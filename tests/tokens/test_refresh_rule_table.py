"""Each row of the refresh table, at its boundaries and a millisecond on either side."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from webapp.sessions.causes import EndCause
from webapp.tokens.refresh_rule import (
    ChainState,
    Decision,
    EndSession,
    RefreshTiming,
    Reissue,
    RepeatSuccessor,
    RetryLater,
    Swap,
    decide_receipt,
    decide_refresh,
    digest_user_agent,
)

TIMING = RefreshTiming(overlap=timedelta(seconds=60), deadline=timedelta(seconds=15))
D, W, W_D, W_2D, TWO_W = (timedelta(seconds=s) for s in (15, 60, 75, 90, 120))
TICK = timedelta(milliseconds=1)
ZERO = timedelta(0)
LONG = timedelta(days=20)
SWAPPED_AT = datetime(2030, 1, 1, tzinfo=UTC)
AGENT, OTHER_AGENT = digest_user_agent("Firefox"), digest_user_agent("curl")

SIGNED_IN = ChainState(counter=1, received=1, rotated_at=None, swapper_user_agent=None)
SWAPPED = ChainState(counter=7, received=6, rotated_at=SWAPPED_AT, swapper_user_agent=AGENT)
RECEIVED = ChainState(counter=7, received=7, rotated_at=SWAPPED_AT, swapper_user_agent=AGENT)
TWO_LOST = ChainState(counter=7, received=4, rotated_at=SWAPPED_AT, swapper_user_agent=AGENT)

REUSE = EndSession(EndCause.REFRESH_TOKEN_REUSED)
STATE_LOST = EndSession(EndCause.STATE_LOST)


def decide(state: ChainState, presented: int, age: timedelta, agent: bytes = AGENT) -> Decision:
    return decide_refresh(state, presented, SWAPPED_AT + age, agent, TIMING)


@pytest.mark.parametrize("state", [SIGNED_IN, SWAPPED, RECEIVED, TWO_LOST])
@pytest.mark.parametrize("age", [ZERO, W, LONG])
def test_number_never_handed_out_means_the_state_was_lost(state: ChainState, age: timedelta) -> None:
    assert decide(state, state.counter + 1, age) == STATE_LOST
    assert decide(state, state.counter + 50, age, OTHER_AGENT) == STATE_LOST


def test_first_refresh_after_sign_in_swaps_at_once() -> None:
    assert decide(SIGNED_IN, 1, ZERO) == Swap(new_counter=2, new_received=1)


@pytest.mark.parametrize("state", [SWAPPED, RECEIVED, TWO_LOST])
@pytest.mark.parametrize("age", [ZERO, D, W, W_D, W_2D, TWO_W - TICK])
def test_newest_number_gets_an_access_token_alone_while_its_cookie_may_be_off_the_disk(
    state: ChainState, age: timedelta
) -> None:
    assert decide(state, 7, age) == Reissue()


@pytest.mark.parametrize("state", [SWAPPED, RECEIVED, TWO_LOST])
@pytest.mark.parametrize("age", [TWO_W, TWO_W + TICK, LONG])
def test_newest_number_is_swapped_once_its_cookie_is_on_the_disk(state: ChainState, age: timedelta) -> None:
    assert decide(state, 7, age) == Swap(new_counter=8, new_received=7)


@pytest.mark.parametrize("age", [ZERO, TWO_W])
def test_newest_number_may_come_from_another_user_agent(age: timedelta) -> None:
    assert decide(SWAPPED, 7, age, OTHER_AGENT) == decide(SWAPPED, 7, age)


@pytest.mark.parametrize(("state", "spent"), [(SWAPPED, 6), (TWO_LOST, 4)])
@pytest.mark.parametrize(
    ("age", "decision"),
    [
        (ZERO, RepeatSuccessor(7)),
        (D, RepeatSuccessor(7)),
        (W - TICK, RepeatSuccessor(7)),
        (W, RetryLater()),
        (W_D, RetryLater()),
        (W_2D - TICK, RetryLater()),
    ],
)
def test_spent_number_repeats_its_successor_then_waits(
    state: ChainState, spent: int, age: timedelta, decision: Decision
) -> None:
    assert decide(state, spent, age) == decision


@pytest.mark.parametrize(("state", "spent"), [(SWAPPED, 6), (TWO_LOST, 4)])
@pytest.mark.parametrize("age", [W_2D, W_2D + TICK, TWO_W, LONG])
def test_lost_answer_is_made_good_with_a_new_successor(state: ChainState, spent: int, age: timedelta) -> None:
    assert decide(state, spent, age) == Swap(new_counter=8, new_received=spent)


@pytest.mark.parametrize(
    ("state", "spent"), [(SWAPPED, 5), (RECEIVED, 5), (RECEIVED, 6), (TWO_LOST, 5), (TWO_LOST, 6)]
)
def test_straggler_waits_for_a_deadline_and_is_reuse_from_then_on(state: ChainState, spent: int) -> None:
    assert decide(state, spent, ZERO) == RetryLater()
    assert decide(state, spent, D - TICK) == RetryLater()
    for age in (D, W - TICK, W, W_2D, TWO_W, LONG):
        assert decide(state, spent, age) == REUSE


@pytest.mark.parametrize(("state", "old"), [(SWAPPED, 4), (SWAPPED, 1), (RECEIVED, 4), (TWO_LOST, 3)])
@pytest.mark.parametrize("age", [ZERO, D, W, TWO_W])
def test_older_number_is_reuse_at_any_age(state: ChainState, old: int, age: timedelta) -> None:
    assert decide(state, old, age) == REUSE


@pytest.mark.parametrize("spent", [6, 5])
@pytest.mark.parametrize("age", [ZERO, W - TICK, W, W_2D, LONG])
def test_replay_from_another_user_agent_is_reuse_in_every_row(spent: int, age: timedelta) -> None:
    assert decide(SWAPPED, spent, age, OTHER_AGENT) == REUSE


def test_replay_is_not_compared_with_an_unknown_user_agent() -> None:
    unknown = ChainState(counter=7, received=6, rotated_at=SWAPPED_AT, swapper_user_agent=None)
    assert decide(unknown, 6, ZERO, OTHER_AGENT) == RepeatSuccessor(7)


def test_browser_that_updates_is_the_same_user_agent() -> None:
    before = (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.1 Safari/605.1.15"
    )
    after = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_2) AppleWebKit/605.1.15 Version/17.2.1 Safari/605.1.15"
    assert digest_user_agent(before) == digest_user_agent(after)
    assert digest_user_agent(before) != digest_user_agent(before.replace("Safari", "Firefox"))


@pytest.mark.parametrize("step", [TICK, W, LONG])
def test_clock_stepping_back_counts_as_no_time_passed(step: timedelta) -> None:
    assert decide(SWAPPED, 7, -step) == Reissue()
    assert decide(SWAPPED, 6, -step) == RepeatSuccessor(7)
    assert decide(SWAPPED, 5, -step) == RetryLater()
    assert decide(SWAPPED, 4, -step) == REUSE
    assert decide_receipt(SWAPPED, 7, SWAPPED_AT - step, TIMING) is None


@pytest.mark.parametrize(
    ("age", "received"), [(ZERO, None), (W_2D, None), (TWO_W - TICK, None), (TWO_W, 7), (LONG, 7)]
)
def test_access_token_of_the_newest_number_proves_receipt_at_twice_the_overlap(
    age: timedelta, received: int | None
) -> None:
    assert decide_receipt(SWAPPED, 7, SWAPPED_AT + age, TIMING) == received
    assert decide_receipt(TWO_LOST, 7, SWAPPED_AT + age, TIMING) == received


@pytest.mark.parametrize(("age", "answer"), [(ZERO, None), (W - TICK, None), (W, REUSE), (LONG, REUSE)])
def test_access_token_of_a_void_number_is_reuse_after_the_overlap(
    age: timedelta, answer: EndSession | None
) -> None:
    for void in (5, 6):
        assert decide_receipt(TWO_LOST, void, SWAPPED_AT + age, TIMING) == answer


def test_access_token_of_a_proven_number_proves_nothing_new() -> None:
    for state, rtc in ((SIGNED_IN, 1), (SWAPPED, 6), (SWAPPED, 1), (RECEIVED, 7), (RECEIVED, 6)):
        assert decide_receipt(state, rtc, SWAPPED_AT + LONG, TIMING) is None


def test_timing_tells_whether_twice_the_overlap_covers_a_late_cookie() -> None:
    assert TIMING.keeps_promise
    assert not RefreshTiming(overlap=W - TICK, deadline=D).keeps_promise
