"""Every person's browser restores its tabs at once, again and again, on two nodes: one chain, and nobody signed out."""

from __future__ import annotations

import pytest

from tests.faults.cluster.town import Town
from tests.faults.load.judge import OUTAGE
from tests.faults.load.people import STAYING

pytestmark = [pytest.mark.nginx, pytest.mark.soak]
TABS = 15
STORMS = 6


def test_refresh_storms_sign_nobody_out(town: Town) -> None:
    trial = town.begin_trial(f"{STORMS} storms of {TABS} tabs for each of 6 people", habits=STAYING)
    with trial, trial.fault():
        for _ in range(STORMS):
            trial.crowd.open_tabs(TABS)
            trial.crowd.await_good(60)
    # A straggler is told to come again (409 refresh_retry), which is part of the rule.
    assert trial.verdict(OUTAGE).complaints == ()
