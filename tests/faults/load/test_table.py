"""The table of figures: the newest of each fault, and those that are not good enough say so."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from tests.faults.load.judge import Count, Verdict
from tests.faults.load.table import BEGIN, DOCUMENT, END, make_table, newest, put_in

GOOD = Verdict("a lock", "one node", 1.0, Count(9, 9, 9), Count(5, 5, 4), 0, 0, 0, 0.04, 1.26, 0.5, 1.0)


def line(verdict: Verdict, **changed: object) -> str:
    return json.dumps({**asdict(verdict), **changed})


def test_newest_figure_of_a_fault_stands_in_the_table() -> None:
    lines = [line(GOOD, recovery=9.0), line(GOOD, fault="mail"), line(GOOD)]
    rows = make_table(newest(lines)).splitlines()[2:]
    assert [row.split(" | ")[0] for row in rows] == ["| a lock", "| mail"]
    assert "| 9, 9, 9 | 5, 4, 5 | 0 | 0 | 0 | 0.0 s | 1.3 s | 0.5 s, 1.0 s |" in rows[0]


def test_figure_that_is_not_good_enough_says_so() -> None:
    assert "a lock **(not met)**" in make_table(newest([line(GOOD, complaints=["lost: a name"])]))


def test_table_takes_the_place_of_the_one_before() -> None:
    document = f"# Text\n{BEGIN}\nold\n{END}\nmore"
    assert put_in(document, "new") == f"# Text\n{BEGIN}\nnew\n{END}\nmore"
    with pytest.raises(ValueError, match="no place"):
        put_in("# Text", "new")


def test_document_has_its_table_and_every_fault_in_it_is_good_enough() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    table = text.partition(BEGIN)[2].partition(END)[0]
    assert put_in(text, table.strip()) == text
    assert table.count("\n| ") > 15
    assert "not met" not in table
