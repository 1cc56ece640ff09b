"""The store of limits dead, hung or emptied while people work: nobody notices."""

from __future__ import annotations

import pytest

from tests.faults.cluster.town import Town
from tests.faults.load.judge import UNNOTICED
from tests.faults.load.trial import Trial

pytestmark = [pytest.mark.nginx, pytest.mark.soak]
SECONDS = 8.0
# One short wait for the store, and what an answer takes on a busy machine.
LONGEST_ANSWER = 2.0


def require_unnoticed(trial: Trial) -> None:
    verdict = trial.verdict(UNNOTICED)
    assert verdict.complaints == ()
    assert max(verdict.slowest_read, verdict.slowest_change) < LONGEST_ANSWER


def test_store_that_is_dead_is_not_noticed(town: Town) -> None:
    trial = town.begin_trial("Redis dead")
    with trial, trial.fault():
        town.cluster.store.kill()
        trial.crowd.work_for(SECONDS)
        town.cluster.store.start()
    require_unnoticed(trial)


def test_store_that_hangs_is_not_noticed(town: Town) -> None:
    trial = town.begin_trial("Redis hung")
    with trial, trial.fault():
        town.cluster.store.pause()
        trial.crowd.work_for(SECONDS)
        town.cluster.store.resume()
    require_unnoticed(trial)


def test_store_that_forgets_everything_is_not_noticed(town: Town) -> None:
    trial = town.begin_trial("Redis emptied")
    with trial, trial.fault():
        for _ in range(5):
            town.cluster.store.empty()
            trial.crowd.await_good(20)
    require_unnoticed(trial)
