"""A full disk: changes are refused in words and lose nothing, reading goes on, and all is well once there is room."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.load.judge import NO_WRITES
from tests.faults.single.full_disk import full, small_disk
from tests.faults.single.node import ENVIRONMENT, begin_trial
from tests.servers.live import LiveServer

SECONDS = 4.0


@pytest.mark.soak
def test_full_disk_loses_nothing_and_signs_nobody_out(
    start_server: Callable[..., LiveServer], tmp_path: Path
) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    with small_disk(folder) as is_disk:
        server = start_server(INSTANCE_PATH=str(folder), **ENVIRONMENT)
        trial = begin_trial("disk full", server)
        with trial, trial.fault(), full(server, is_disk=is_disk):
            trial.crowd.work_for(SECONDS)
        verdict = trial.verdict(NO_WRITES)
        server.stop()
    assert verdict.complaints == ()
    assert any("503 database_unavailable" in each for each in verdict.worst), "nothing was full"
