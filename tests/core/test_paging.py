"""Cursors: what was written is read again, and what somebody invented is nothing."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.paging import Cursor, url_of

directions = st.sampled_from(["older", "newer"])
numbers = st.integers(min_value=-(2**62) + 1, max_value=2**62 - 1)
names = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=1, max_size=26)


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@given(directions, numbers, names)
def test_cursor_comes_back_as_it_was_written(direction: Any, number: int, name: str) -> None:
    cursor = Cursor(direction, (number, name))
    assert Cursor.read(cursor.write(), int, str) == cursor


@given(
    st.text(max_size=450) | st.binary(max_size=300).map(lambda raw: base64.urlsafe_b64encode(raw).decode())
)
def test_anything_else_is_no_cursor_and_no_error(text: str) -> None:
    found = Cursor.read(text, int, str)
    assert found is None or (found.direction in {"older", "newer"} and len(found.key) == 2)


@pytest.mark.parametrize(
    "value",
    [
        ["older"],
        ["older", 1],
        ["older", 1, "a", "b"],
        ["sideways", 1, "a"],
        ["older", "1", "a"],
        ["older", True, "a"],
        ["older", 1.5, "a"],
        ["older", None, "a"],
        ["older", 2**62, "a"],
        ["older", -(2**62), "a"],
        ["older", 1, "a\x00"],
        ["older", 1, "\ud800"],
        ["older", 1, ["a"]],
        [["older"], 1, "a"],
        {"older": 1},
        {"older": 1, "x": 2, "y": 3},
        "older",
        1,
        None,
        [],
    ],
)
def test_cursor_of_another_shape_is_refused(value: Any) -> None:
    assert Cursor.read(encoded(value), int, str) is None


@pytest.mark.parametrize("text", [None, "", "=", "====", "é", "\x00", "a" * 401, "W" * 400, "_" * 399])
def test_garbage_is_no_cursor(text: str | None) -> None:
    assert Cursor.read(text, int, str) is None


def test_key_is_read_by_the_kinds_of_its_list() -> None:
    assert Cursor.read(encoded(["older", 7]), int) == Cursor("older", (7,))
    assert Cursor.read(encoded(["older", 7]), int, str) is None
    assert Cursor.read(encoded(["older", 7, "a"]), int) is None


def test_address_of_a_neighbour_keeps_filters_and_leaves_out_empty_ones() -> None:
    filters = {"q": "a&b=c", "state": "any", "role": ""}
    address = url_of("/admin/accounts", filters, Cursor("older", (1, "x")))
    assert address is not None
    assert address.startswith("/admin/accounts?q=a%26b%3Dc&cursor=")
    assert url_of("/admin/accounts", filters, None) is None
