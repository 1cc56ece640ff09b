"""How processes of a node show each other what they have counted: a small file for each, in `instance/metrics`.

Whoever is asked for metrics adds all of them up. The file of a process that has ended stays, or the sums would fall;
the server empties the folder when it starts.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from webapp.core import clock
from webapp.core.opaque import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator
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
        self._started_at = clock.now().timestamp()

    def begin(self) -> None:
        """From now on this process has a file of its own, by a name that no other process has or had."""
        self._name = f"{os.getpid()}-{new_id()}.json"
        self._started_at = clock.now().timestamp()

    def empty(self) -> None:
        """Forget everybody's: the server starts."""
        with suppress(OSError), self._opened() as folder:
            for file in self._list():
                with suppress(OSError):
                    os.unlink(file.name, dir_fd=folder)

    def write(self, counted: dict[str, Any]) -> dict[str, Any]:
        """Show this to the others, and return it as they see it. A disk that is full costs them the news only."""
        shown = {**counted, "started_at": self._started_at, "at": clock.now().timestamp()}
        if not self._name:
            return shown
        part = f".{self._name}"
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._opened() as folder:
                with suppress(FileNotFoundError):
                    os.unlink(part, dir_fd=folder)
                descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
                with os.fdopen(descriptor, "w", encoding="ascii") as file:
                    json.dump(shown, file, separators=(",", ":"))
                os.replace(part, self._name, src_dir_fd=folder, dst_dir_fd=folder)
        return shown

    def read_others(self) -> list[dict[str, Any]]:
        """What the others showed last; a file that cannot be read is left out."""
        return [found for file in self._list() if file.name != self._name and (found := _read(file))]

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """The folder itself: through a link in its place, root would write and delete elsewhere."""
        flags = os.O_RDONLY | os.O_DIRECTORY | (os.O_NOFOLLOW if os.geteuid() == 0 else 0)
        descriptor = os.open(self._folder, flags)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _list(self) -> list[Path]:
        try:
            return sorted(self._folder.glob("[!.]*.json"))
        except OSError:
            return []


def is_at_work(shown: dict[str, Any]) -> bool:
    """Whether the process that showed this still does."""
    return abs(clock.now().timestamp() - float(shown["at"])) <= SILENT_SECONDS


def _read(file: Path) -> dict[str, Any] | None:
    try:
        if file.stat().st_size > _LARGEST_BYTES:
            return None
        found = json.loads(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    has_all = isinstance(found, dict) and found.keys() >= {"counts", "requests", "gauges", "started_at", "at"}
    return found if has_all else None
