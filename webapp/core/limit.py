"""How many attempts a window of time allows, and where the windows lie."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_FORM = re.compile(r"\s*([0-9]{1,9})\s*/\s*([0-9]{0,6})([smhd])\s*")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LONGEST = 366 * _UNITS["d"]


@dataclass(frozen=True)
class Limit:
    """`count` attempts in each window of `seconds`.

    Windows begin at multiples of their length since the epoch, the same for every key and on every node:
    which window a moment lies in follows from the moment alone.
    """

    count: int
    seconds: int

    def __post_init__(self) -> None:
        if self.count < 1 or not 1 <= self.seconds <= _LONGEST:
            raise ValueError("a limit allows at least 1 attempt, in a window of 1 second to 366 days")

    @classmethod
    def parse(cls, text: str) -> Limit:
        """Read "100/15m" or "600/m" (s, m, h, d). Raises ValueError that names the right form."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise ValueError('write a limit as attempts/window, such as "100/15m" or "600/m" (s, m, h, d)')
        count, length, unit = found.groups()
        return cls(int(count), int(length or 1) * _UNITS[unit])

    def __str__(self) -> str:
        unit = max((unit for unit in _UNITS if self.seconds % _UNITS[unit] == 0), key=_UNITS.__getitem__)
        length = self.seconds // _UNITS[unit]
        return f"{self.count}/{'' if length == 1 else length}{unit}"

    def window_at(self, moment: float) -> int:
        """The number of the window `moment` (seconds since the epoch) lies in."""
        return int(moment // self.seconds)

    def end_of(self, window: int) -> int:
        """Seconds since the epoch at which that window is over."""
        return (window + 1) * self.seconds

    def seconds_left(self, moment: float) -> int:
        """Whole seconds until the window of `moment` is over, at least 1."""
        return max(1, math.ceil(self.end_of(self.window_at(moment)) - moment))
