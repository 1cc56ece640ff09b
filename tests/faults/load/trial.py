"""One fault while a crowd works: begin, heal, look around, judge, and keep the figure."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.faults.load.judge import UNNOTICED, Bar, Span, Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.faults.load.crowd import Crowd
    from tests.faults.load.records import Records

# Where the table of docs/reliability.md is made from; a line for each verdict.
FIGURES = Path(__file__).resolve().parents[3] / "instance" / "faults.jsonl"
# Good answers before and after the fault, so that a ratio means something.
CALM = 60


class Trial:
    """Within the `with` block the crowd works: some calm first, then `fault`, then calm again.

    `read_records` reads the database afterwards, past the application.
    """

    def __init__(self, fault: str, place: str, crowd: Crowd, read_records: Callable[[], Records]) -> None:
        self.crowd = crowd
        self._fault, self._place = fault, place
        self._read_records = read_records
        self._span: Span | None = None

    def __enter__(self) -> Self:
        self.crowd.__enter__()
        self.crowd.await_good(CALM)
        return self

    def __exit__(self, *failure: object) -> None:
        self.crowd.__exit__(*failure)

    @contextmanager
    def fault(self) -> Iterator[None]:
        """While the block runs something is wrong; afterwards it is mended. Waits until the crowd is at work again."""
        begun = time.monotonic()
        yield
        self._span = Span(begun, time.monotonic())
        self.crowd.await_good(CALM)

    def verdict(self, bar: Bar = UNNOTICED) -> Verdict:
        """After the `with` block. The figure is printed and kept, whatever it says."""
        assert self._span is not None, "there was no fault"
        self.crowd.look_around()
        verdict = judge(self._fault, self._place, self.crowd.journal, self._span, self._read_records(), bar)
        keep(verdict)
        return verdict


def keep(verdict: Verdict) -> None:
    """Print the figure, and add it to the file."""
    print(f"\n{verdict.figure}")  # noqa: T201 - a figure is what a fault is made for
    file = Path(os.environ.get("FAULT_FIGURES") or FIGURES)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    line = {"moment": datetime.now(UTC).isoformat(timespec="seconds"), **asdict(verdict)}
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(line) + "\n")
