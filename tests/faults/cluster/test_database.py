"""PostgreSQL restarted, hung, slow, or out of one node's reach while people work."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.faults.cluster.town import Town
from tests.faults.load.judge import CUT, OUTAGE, UNNOTICED

pytestmark = [pytest.mark.nginx, pytest.mark.soak]
# Less and more than a node waits for an answer.
HUNG_SECONDS = [8.0, 25.0]
PARTED_SECONDS = 30.0


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_database_that_restarts_loses_nothing_and_signs_nobody_out(town: Town, mode: str) -> None:
    how = {"fast": "restarted", "immediate": "crashed and restarted"}[mode]
    trial = town.begin_trial(f"PostgreSQL {how}")
    with trial, trial.fault():
        town.cluster.database.restart(mode)  # type: ignore[arg-type]
    assert trial.verdict(OUTAGE).complaints == ()


@pytest.mark.parametrize("seconds", HUNG_SECONDS)
def test_database_that_hangs_loses_nothing_and_signs_nobody_out(town: Town, seconds: float) -> None:
    trial = town.begin_trial(f"PostgreSQL hung for {seconds:.0f} s")
    with trial, trial.fault():
        town.cluster.database.pause()
        trial.crowd.work_for(seconds)
        town.cluster.database.resume()
    assert trial.verdict(OUTAGE).complaints == ()


def test_database_that_is_slow_makes_everything_slow_and_nothing_fail(town: Town) -> None:
    trial = town.begin_trial("PostgreSQL slow (each answer 60 ms later)")
    with trial, trial.fault(), ExitStack() as stack:
        for wire in town.wires:
            stack.enter_context(wire.slow(0.03))
        trial.crowd.await_good(150)
    assert trial.verdict(UNNOTICED).complaints == ()


def test_node_that_cannot_reach_the_database_leaves_the_other_to_answer(town: Town) -> None:
    trial = town.begin_trial("partition: one node cannot reach PostgreSQL")
    with trial, trial.fault(), town.wires[0].held():
        trial.crowd.work_for(PARTED_SECONDS)
    assert trial.verdict(CUT).complaints == ()
