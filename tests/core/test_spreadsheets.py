"""Texts in CSV: no spreadsheet runs one, whatever separates its cells, and reading gives back what was written."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from webapp.core.spreadsheets import as_meant, harmless

SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1", "'=1"),
        ("'=1", "''=1"),
        ("x;=cmd|' /C calc'!A0;y", "x;'=cmd|' /C calc'!A0;y"),
        ("x\t@SUM(1)\t-2", "x\t'@SUM(1)\t'-2"),
        ('x;"=1', "x;\"'=1"),
        ("x\r\n+1", "x\r\n'+1"),
        ("\t=1", "'\t'=1"),
        ("a=b; c-d", "a=b; c-d"),
        ("'twas", "'twas"),
        ("Bots; +https://example.org", "Bots; +https://example.org"),
    ],
)
def test_apostrophe_stands_before_each_formula(text: str, cell: str) -> None:
    assert harmless(text) == cell
    assert as_meant(cell) == text


@given(st.text(";\t\r\n\"',=+-@\uff1d x1", max_size=12))
@example(';"=1')
@example("\n=1")
def test_no_reader_of_a_file_finds_a_formula(text: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\r\n").writerow(["1", harmless(text), "2"])
    for separator in ",;\t":
        file.seek(0)
        cells = [cell for row in csv.reader(file, delimiter=separator) for cell in row]
        assert [cell for cell in cells if cell.startswith(SIGNS)] == []
    assert as_meant(harmless(text)) == text
