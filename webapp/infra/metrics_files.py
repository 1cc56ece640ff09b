"""How processes of a node show each other what they have counted: a small file for each, in `instance/metrics`.

Whoever is asked for metrics adds all of them up. The file of a process that has ended stays, or the sums would fall;
the server empties the folder when it starts.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from webapp.core import clock
from webapp.core.opaque import new_id

if TYPE_CHECKING:
    from pathlib import Path

FOLDER: Final = "metrics"
# A process that has not written for so long is not at work any more.
SILENT_SECONDS: Final = 10.0
_LARGEST_BYTES: Final = 4_194_304


class MetricsFiles:
    """The folder, as one process uses it."""

    def __init__(self, instance_path: Path) -> None:
        self._folder = instance_path / FOLDER
        self._name = ""
        self._lock = Lock()
        self._started_at = clock.now().timestamp()

    def begin(self) -> None:
        """From now on this process has a file of its own, by a name that no other process has or had."""
        self._name = f"{os.getpid()}-{new_id()}.json"
        # A copy of a process may have come with a lock that is held by none of its threads.
        self._lock = Lock()
        self._started_at = clock.now().timestamp()

    def empty(self) -> None:
        """Forget everybody's, also what a process that was killed had half written: the server starts."""
        for file in self._list("*.json"):
            with suppress(OSError):
                file.unlink()

    def write(self, counted: dict[str, Any]) -> dict[str, Any]:
        """Show this to the others, and return it as they see it. A disk that is full costs them the news only."""
        shown = {**counted, "started_at": self._started_at, "at": clock.now().timestamp()}
        if not self._name:
            return shown
        part = self._folder / f".{self._name}"
        # Of two threads that write at once, one would name what the other has half written.
        with suppress(OSError), self._lock:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(part, "w", encoding="ascii", opener=_open_private) as file:
                json.dump(shown, file, separators=(",", ":"))
            part.replace(self._folder / self._name)
        return shown

    def read_others(self) -> list[dict[str, Any]]:
        """What the others showed last; a file that cannot be read is left out."""
        return [found for file in self._list() if file.name != self._name and (found := _read(file))]

    def _list(self, pattern: str = "[!.]*.json") -> list[Path]:
        try:
            return sorted(self._folder.glob(pattern))
        except OSError:
            return []


def is_at_work(shown: dict[str, Any]) -> bool:
    """Whether the process that showed this still does."""
    return abs(clock.now().timestamp() - float(shown["at"])) <= SILENT_SECONDS


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _read(file: Path) -> dict[str, Any] | None:
    try:
        if file.stat().st_size > _LARGEST_BYTES:
            return None
        found = json.loads(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    has_all = isinstance(found, dict) and found.keys() >= {"counts", "requests", "gauges", "started_at", "at"}
    return found if has_all else None
