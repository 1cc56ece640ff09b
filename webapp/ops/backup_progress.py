"""How far a long command is: a bar on a terminal, now and then a line elsewhere; on standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from webapp.core import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WIDTH: Final = 30
_SECONDS_BETWEEN_LINES: Final = 5.0
_MEGABYTE: Final = 1_000_000


class Progress:
    """Tells of one piece of work after the other: `begin`, any number of `reach`, `end`."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._title = self._shown = ""
        self._total: int | None = None
        self._amount = 0
        self._said_at = 0.0

    def begin(self, title: str, total: int | None = None) -> None:
        """`total` is what `reach` will come to; None where nobody knows."""
        self._title, self._total, self._shown, self._amount = title, total, "", 0
        self._said_at = clock.monotonic()
        self._say(0)

    def reach(self, amount: int) -> None:
        """So much of the total, in bytes."""
        self._amount = amount
        if self._terminal or clock.monotonic() - self._said_at >= _SECONDS_BETWEEN_LINES:
            self._say(amount)

    def end(self) -> None:
        """The piece of work is done."""
        self._say(self._total or self._amount)
        if self._terminal:
            sys.stderr.write("\n")
            sys.stderr.flush()

    def count(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The same pieces; their sizes are what is reached."""
        amount = 0
        for piece in pieces:
            yield piece
            amount += len(piece)
            self.reach(amount)

    def _say(self, amount: int) -> None:
        line = f"{self._title}: {self._figure(amount)}"
        if line == self._shown:
            return
        self._shown, self._said_at = line, clock.monotonic()
        sys.stderr.write(f"\r\033[K{line}" if self._terminal else f"{line}\n")
        sys.stderr.flush()

    def _figure(self, amount: int) -> str:
        if not self._total:
            return f"{amount / _MEGABYTE:,.0f} MB"
        share = min(1.0, amount / self._total)
        bar = "#" * int(share * _WIDTH)
        return f"[{bar:<{_WIDTH}}] {share:4.0%}" if self._terminal else f"{share:.0%}"
