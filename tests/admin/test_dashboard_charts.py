"""The geometry of charts: whatever the numbers are, what is drawn stays in its box and tells them apart."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.admin.charts import HEIGHT, Chart, short, stack, step_for

counts = st.integers(min_value=0, max_value=10**12)
SLACK = 0.02  # of rounding


def drawn(chart: Chart) -> list[list[float]]:
    return [[each.height for each in column.blocks] for column in chart.columns]


@given(st.lists(st.tuples(counts, counts), min_size=1, max_size=31))
def test_every_block_stays_in_the_box_and_off_the_others(places: list[tuple[int, int]]) -> None:
    chart = stack(places)
    for number, column in enumerate(chart.columns):
        assert column.slot - SLACK <= column.x
        assert column.x + chart.column_width <= column.slot + chart.slot_width + SLACK
        assert column.slot + chart.slot_width <= 100 + SLACK
        lower = HEIGHT
        for block in column.blocks:
            assert block.y + block.height <= lower + SLACK
            assert block.y >= -SLACK
            lower = block.y
        assert [each.series for each in column.blocks] == [at for at in (0, 1) if places[number][at]]
        assert all(each.height >= 2 for each in column.blocks)


@given(st.lists(counts, min_size=2, max_size=31))
def test_a_higher_number_is_never_drawn_lower(numbers: list[int]) -> None:
    tops = [column.top for column in stack([(each,) for each in numbers]).columns]
    ranked = sorted(range(len(numbers)), key=lambda at: numbers[at])
    assert all(tops[low] >= tops[high] for low, high in pairwise(ranked))


@given(counts)
def test_scale_reaches_the_highest_number_in_few_round_steps(most: int) -> None:
    step = step_for(most)
    assert most <= 4 * step
    assert str(step).rstrip("0") in {"1", "2", "5"}
    assert step == 1 or most > step


def test_no_data_draws_no_column_and_one_line() -> None:
    chart = stack([(0, 0)] * 14)
    assert (chart.peak, len(chart.ticks), drawn(chart)) == (None, 1, [[]] * 14)
    assert stack([]).columns == ()


def test_a_spike_leaves_the_other_days_visible() -> None:
    chart = stack([(3, 1), (20_000, 9_000), (0, 0)])
    assert drawn(chart)[0] == [2.0, 2.0]
    assert chart.peak is chart.columns[1]
    assert [each.label for each in chart.ticks] == ["0", "10k", "20k", "30k"]


def test_columns_are_in_proportion() -> None:
    assert drawn(stack([(50,), (100,)])) == [[HEIGHT / 2], [HEIGHT]]


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0"), (9_500, "9,500"), (12_000, "12k"), (999_000, "999k"), (2_500_000, "2.5M"), (4 * 10**9, "4G")],
)
def test_a_number_beside_the_axis_is_short(number: int, words: str) -> None:
    assert short(number) == words
