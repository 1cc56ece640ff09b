"""The clock of the machine jumps, and is set right again: nobody is signed out, and nothing is refused for long."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.load.judge import Bar
from tests.faults.single.node import ENVIRONMENT, begin_trial
from tests.servers.canary_run import NETS
from tests.servers.live import PROJECT_ROOT, LiveServer
from tests.servers.shared import wait_until

SECONDS = 4.0
# A token of before the jump is of the wrong time after it: it is refused once, and renewed.
RENEWED = Bar(reads_unnoticed=False, changes_unnoticed=False, recovery=3.0)


class ShiftedServer(LiveServer):
    """Its clock is `shift` seconds before or behind the machine's."""

    def shift(self, seconds: float) -> None:
        (self.folder / "shift").write_text(str(seconds))

    def start(self) -> LiveServer:
        NETS.follow(self._log)
        environment = {**self._environment, "SHIFT": str(self.folder / "shift")}
        with self._log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.single.shifted", "serve"],
                cwd=PROJECT_ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        wait_until(self._answers, "Latchkey to answer")
        return self


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ShiftedServer]:
    server = ShiftedServer(tmp_path, ENVIRONMENT)
    server.start()
    yield server
    server.stop()


@pytest.mark.soak
@pytest.mark.parametrize(
    ("jump", "name"), [(40, "40 s ahead"), (7200, "2 h ahead"), (-40, "40 s back"), (-7200, "2 h back")]
)
def test_clock_that_jumps_signs_nobody_out(server: ShiftedServer, jump: int, name: str) -> None:
    trial = begin_trial(f"clock jumps {name}, and is set right", server)
    with trial, trial.fault():
        server.shift(jump)
        trial.crowd.work_for(SECONDS)
        server.shift(0)
    assert trial.verdict(RENEWED).complaints == ()
