"""Charts of columns: from numbers to coordinates. Across in percent of the plot, down in pixels from its upper edge.

So a plot fills its place at any width, while its words keep their size. Knows no markup and no days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

HEIGHT: Final = 160.0
# One sign-in is to be seen beside a day of a million.
_LEAST: Final = 2.0
_GAP: Final = 2.0
_FILLED: Final = 0.72
_MOST_STEPS: Final = 4


@dataclass(frozen=True, slots=True)
class Block:
    """One series' part of a column."""

    series: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """What stands at one place, the first series lowest. `slot` is the place's left edge, `x` the column's own."""

    slot: float
    x: float
    middle: float
    top: float
    total: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across, and what it stands for."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns side by side. `peak` is the highest one; None where all are empty."""

    slot_width: float
    column_width: float
    columns: tuple[Column, ...]
    ticks: tuple[Tick, ...]
    peak: Column | None


def stack(places: Sequence[Sequence[int]]) -> Chart:
    """A column for each place, of the numbers of its series on top of each other."""
    most = max((sum(numbers) for numbers in places), default=0)
    step = step_for(most)
    top = step * max(1, -(-most // step))
    slot = 100.0 / max(1, len(places))
    columns = tuple(
        _column(number * slot, slot, numbers, HEIGHT / top) for number, numbers in enumerate(places)
    )
    ticks = tuple(
        Tick(round(HEIGHT - value * HEIGHT / top, 2), short(value)) for value in range(0, top + 1, step)
    )
    return Chart(
        slot_width=round(slot, 3),
        column_width=round(slot * _FILLED, 3),
        columns=columns,
        ticks=ticks if most else ticks[:1],
        peak=max(columns, key=lambda each: each.total) if most else None,
    )


def step_for(most: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50 … of which four reach so far."""
    step = 1
    while True:
        for each in (step, 2 * step, 5 * step):
            if each * _MOST_STEPS >= most:
                return each
        step *= 10


def short(number: int) -> str:
    """As it fits beside an axis: 950, 9,500, 12k, 2.5M."""
    for size, letter in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if number >= max(size, 10_000):
            return f"{number / size:.3g}{letter}"
    return f"{number:,}"


def _column(slot: float, width: float, numbers: Sequence[int], scale: float) -> Column:
    heights = _heights(numbers, scale)
    blocks: list[Block] = []
    upper = HEIGHT
    for series, height in enumerate(heights):
        if height:
            lower = upper - (_GAP if blocks else 0.0)
            upper = lower - height
            blocks.append(Block(series, round(upper, 2), round(height, 2)))
    margin = width * (1 - _FILLED) / 2
    return Column(
        slot=round(slot, 3),
        x=round(slot + margin, 3),
        middle=round(slot + width / 2, 3),
        top=round(upper, 2),
        total=sum(numbers),
        blocks=tuple(blocks),
    )


def _heights(numbers: Sequence[int], scale: float) -> list[float]:
    """Those of a column's blocks; what seeing the small ones takes is taken from the largest."""
    heights = [max(number * scale, _LEAST) if number > 0 else 0.0 for number in numbers]
    gaps = _GAP * max(0, sum(1 for each in heights if each) - 1)
    excess = sum(heights) + gaps - max(_LEAST, sum(numbers) * scale)
    if excess > 0:
        largest = heights.index(max(heights))
        heights[largest] = max(_LEAST, heights[largest] - excess)
    return heights
