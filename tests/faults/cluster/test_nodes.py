"""Processes and nodes that die or stop while people work: what is left answers, and nobody is signed out."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from tests.faults.cluster.town import Town
from tests.faults.load.judge import CUT, UNNOTICED
from tests.faults.load.people import RENEWING
from tests.servers.shared import wait_until

pytestmark = pytest.mark.nginx
# So many that a change which was on its way to a killed node is one in more than a thousand.
GOOD_TO_A_KILL = 4_500


@pytest.mark.soak
def test_worker_that_is_killed_is_replaced(town: Town) -> None:
    node = town.cluster.nodes[0]
    trial = town.begin_trial("worker process killed", habits=RENEWING)
    with trial, trial.fault():
        before = node.worker_pids()
        os.kill(before[0], signal.SIGKILL)

        def is_whole() -> bool:
            now = node.worker_pids()
            return before[0] not in now and len(now) == len(before) and node.is_ready()

        wait_until(is_whole, "another worker to take its place", seconds=30)
    assert trial.verdict(CUT).complaints == ()


def test_node_killed_amid_refreshes_signs_nobody_out(town: Town) -> None:
    node = town.cluster.nodes[0]
    trial = town.begin_trial("node killed amid refreshes", habits=RENEWING)
    with trial, trial.fault():
        storm = threading.Thread(target=trial.crowd.open_tabs, args=(5,))
        storm.start()
        trial.crowd.await_good(5)
        node.kill()
        storm.join()
        trial.crowd.await_good(60)
        node.start()
    assert trial.verdict(CUT).complaints == ()


@pytest.mark.soak
def test_nodes_that_are_killed_in_turn_cost_one_change_in_a_thousand_at_most(town: Town) -> None:
    trial = town.begin_trial("both nodes killed in turn, amid everything")
    with trial, trial.fault():
        for node in town.cluster.nodes:
            trial.crowd.await_good(GOOD_TO_A_KILL, seconds=300)
            node.kill()
            trial.crowd.await_good(100)
            node.start()
            town.await_nodes()
    assert trial.verdict(CUT).complaints == ()


@pytest.mark.soak
def test_rolling_restart_is_not_noticed(town: Town) -> None:
    trial = town.begin_trial("rolling restart")
    with trial, trial.fault():
        for node in town.cluster.nodes:
            node.restart()
            town.await_nodes()
            trial.crowd.await_good(40)
    assert trial.verdict(UNNOTICED).complaints == ()
