"""The simulated world tells a broken rule from the right one: each of these is caught by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.tokens.refresh_world import MemoryStore, Rules
from tests.tokens.test_refresh_rule_properties import live_one_day
from tests.tokens.test_refresh_rule_thieves import steal_and_be_outrun
from webapp.sessions.causes import EndCause
from webapp.tokens.refresh_rule import (
    ChainState,
    Decision,
    EndSession,
    RefreshTiming,
    RepeatSuccessor,
    RetryLater,
    Swap,
    decide_receipt,
    decide_refresh,
)

REUSE = EndSession(EndCause.REFRESH_TOKEN_REUSED)
Change = Callable[[ChainState, int, timedelta, RefreshTiming, Decision], Decision]


def changed(change: Change) -> Rules:
    """Return the rule with its decisions passed through `change`."""

    def refresh(state: ChainState, n: int, now: datetime, agent: bytes, timing: RefreshTiming) -> Decision:
        age = now - state.rotated_at if state.rotated_at else timedelta.max
        return change(state, n, age, timing, decide_refresh(state, n, now, agent, timing))

    return Rules(refresh=refresh)


def receipt_at_once(
    state: ChainState, rtc: int, now: datetime, timing: RefreshTiming
) -> int | EndSession | None:
    return rtc if state.received < rtc == state.counter else decide_receipt(state, rtc, now, timing)


def no_receipt(state: ChainState, rtc: int, now: datetime, timing: RefreshTiming) -> EndSession | None:
    decision = decide_receipt(state, rtc, now, timing)
    return decision if isinstance(decision, EndSession) else None


def swap_at_w_plus_d(
    state: ChainState, n: int, age: timedelta, timing: RefreshTiming, right: Decision
) -> Decision:
    early = n == state.counter and age >= timing.overlap + timing.deadline
    return Swap(n + 1, n) if early else right


def swap_lost_at_w_plus_d(
    state: ChainState, n: int, age: timedelta, timing: RefreshTiming, right: Decision
) -> Decision:
    early = n == state.received < state.counter and age >= timing.overlap + timing.deadline
    return Swap(state.counter + 1, n) if early else right


def repeat_void(
    state: ChainState, n: int, age: timedelta, timing: RefreshTiming, right: Decision
) -> Decision:
    void = state.received < n == state.counter - 1
    return RepeatSuccessor(state.counter) if void and age < timing.overlap else right


HARD_ON_THE_HONEST = {
    "replay in the overlap is reuse": changed(
        lambda state, n, age, timing, right: (
            REUSE if n == state.counter - 1 and age < timing.overlap else right
        )
    ),
    "a lost answer is reuse": changed(
        lambda state, n, _age, _timing, right: (
            REUSE if n < state.counter and isinstance(right, Swap) else right
        )
    ),
    "no wait between repeat and lost answer": changed(
        lambda state, n, _age, _timing, right: (
            REUSE if n == state.received and right == RetryLater() else right
        )
    ),
    "repeats until W + 2D": changed(
        lambda state, n, _age, _timing, right: (
            RepeatSuccessor(state.counter) if n == state.received and right == RetryLater() else right
        )
    ),
    "a straggler is reuse": changed(
        lambda state, n, _age, _timing, right: (
            REUSE if n != state.received and right == RetryLater() else right
        )
    ),
    "the newest number is swapped at W + D": changed(swap_at_w_plus_d),
    "a lost answer is replaced at W + D": changed(swap_lost_at_w_plus_d),
    "an access token proves receipt at once": Rules(receipt=receipt_at_once),
}

SOFT_ON_THIEVES = {
    "c - 2 is repeated": changed(
        lambda state, n, _age, _timing, right: (
            RepeatSuccessor(state.counter) if n == state.counter - 2 else right
        )
    ),
    "c - 1 is repeated for ever": changed(
        lambda state, n, _age, _timing, right: (
            RepeatSuccessor(state.counter) if n == state.counter - 1 else right
        )
    ),
    "any spent number may claim a lost answer": changed(
        lambda state, n, age, timing, right: (
            Swap(state.counter + 1, state.received)
            if n < state.counter and age >= timing.overlap + 2 * timing.deadline
            else right
        )
    ),
    "a void number is repeated in the overlap": changed(repeat_void),
    "nothing proves receipt": Rules(receipt=no_receipt),
}


@pytest.mark.parametrize("broken", HARD_ON_THE_HONEST)
def test_rule_that_signs_honest_people_out_is_caught(broken: str) -> None:
    def run_until_caught() -> None:
        for seed in range(2_000):
            live_one_day(seed, (MemoryStore(),), HARD_ON_THE_HONEST[broken])

    with pytest.raises(AssertionError, match="refresh_token_reused"):
        run_until_caught()


@pytest.mark.parametrize("broken", SOFT_ON_THIEVES)
def test_rule_that_keeps_a_thief_alive_is_caught(broken: str) -> None:
    def run_until_caught() -> None:
        for seed in range(2_000):
            steal_and_be_outrun(seed, "copies access tokens", (MemoryStore(),), SOFT_ON_THIEVES[broken])

    with pytest.raises(AssertionError, match="the thief was served"):
        run_until_caught()
