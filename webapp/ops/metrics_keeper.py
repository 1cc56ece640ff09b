"""Shows the other processes of the node what this one has counted, for as long as it lives."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from webapp.accounts.password_hashing import PasswordHasher
from webapp.core.parts import part
from webapp.infra.limit_store import LimitStore
from webapp.infra.metrics import Metrics
from webapp.infra.metrics_catalogue import LIMITS_SHARED, POOL_BUSY, POOL_WAITING
from webapp.infra.metrics_files import MetricsFiles
from webapp.infra.metrics_process import read_process

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.core.parts import Parts
    from webapp.web.application import Application

# A second scrape, which another process may answer, comes later than this.
SHOW_SECONDS: Final = 2.0
_log = logging.getLogger("latchkey.metrics")


def watch_parts(parts: Parts) -> None:
    """Let the metrics of these parts say how the process, its password pool and its limits are."""
    metrics = parts.get(Metrics)
    metrics.watch(read_process)

    def read_parts() -> Mapping[str, float]:
        busy, waiting = parts.get(PasswordHasher).load
        is_alone = parts.get(LimitStore).is_away
        return {POOL_BUSY.name: busy, POOL_WAITING.name: waiting, LIMITS_SHARED.name: int(not is_alone)}

    metrics.watch(read_parts)


def read_node() -> list[dict[str, Any]]:
    """What every process of this node has counted: this one until now, the others until a moment ago.

    What is told is written down first: who is asked next tells no less.
    """
    files = part(MetricsFiles)
    return [files.write(part(Metrics).read()), *files.read_others()]


class MetricsKeeper:
    """Writes the file of this process every two seconds, where anybody may read metrics."""

    def __init__(self, app: Application) -> None:
        parts: Parts = app.extensions["latchkey"]
        self._metrics = parts.get(Metrics)
        self._files = parts.get(MetricsFiles)

    def start(self) -> None:
        """Begin, in the process that is to be counted. The thread ends with it."""
        if not self._metrics.is_on:
            return
        # Before the fork, the supervisor may have counted something, which each worker would tell again.
        self._metrics.reset()
        self._files.begin()
        threading.Thread(target=self._work, name="metrics", daemon=True).start()

    def show(self) -> None:
        """Write the file now."""
        self._files.write(self._metrics.read())

    def _work(self) -> None:
        while True:
            try:
                self.show()
            except Exception:  # noqa: BLE001 - metrics stop nothing, and nothing stops metrics
                _log.exception("Metrics could not be shown")
            time.sleep(SHOW_SECONDS)
