"""Filters of the list of sessions: what they mean, and what is done with those that mean nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.console import Console, enter, open_console
from tests.admin.kept_sessions import LIST
from webapp.admin.session_filters import has_method, read_filters

if TYPE_CHECKING:
    from flask import Flask


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("address=bob", "address"),
        ("address=1.2.3.4/40", "address"),
        ("from=soon", "from"),
        ("until=0001-01-01", "until"),
        ("from=2026-11-02&until=2026-11-01", "until"),
    ],
)
def test_filter_that_means_nothing_is_pointed_at(console: Console, query: str, name: str) -> None:
    page = console.pages.get(f"{LIST}?{query}")
    assert page.status == 422
    assert page.get(f"#{name}").attributes["aria-invalid"] == "true"
    assert "Nothing was searched" in page.text


@pytest.mark.parametrize(
    "cursor", ["", "x", "W10", "WyJvbGRlciIsMSwyXQ", "WyJvbGRlciIsNCwiXHUwMDAwIl0", "9" * 9_000]
)
def test_invented_cursor_is_the_first_page(console: Console, cursor: str) -> None:
    assert "This session" in console.pages.get(LIST, query_string={"cursor": cursor}).text


@pytest.mark.parametrize("typed", ["%", "\0", "a'b\"c<script>", "x" * 5_000, "ß@ü", "*"])
def test_whatever_is_typed_finds_nobody_and_breaks_nothing(console: Console, typed: str) -> None:
    page = console.pages.get(LIST, query_string={"whom": typed, "state": "all"})
    assert (page.status, "No session matches" in page.text) == (200, typed != "\0")


def test_ways_to_sign_in_are_told_apart() -> None:
    ways = {
        "pwd": "password",
        "pwd otp mfa": "second_factor",
        "pwd swk user mfa": "second_factor",
        "hwk user mfa": "passkey",
    }
    for methods, way in ways.items():
        assert [each for each in ("password", "second_factor", "passkey") if has_method(methods, each)] == [
            way
        ]


def test_cause_asks_for_sessions_that_have_ended() -> None:
    typed = dict.fromkeys(("whom", "state", "address", "method", "from", "until"), "") | {"cause": "idle"}
    wanted, shown, problems = read_filters(typed)
    assert (wanted.state, shown["state"], problems) == ("ended", "ended", {})


def test_what_is_no_day_is_answered_with_one(console: Console) -> None:
    page = console.pages.get(LIST, query_string={"from": "soon", "until": "2026-13-01"})
    told = [page.get(f"#{name}-error").text for name in ("from", "until")]
    assert (page.status, told) == (422, ["Write a day, such as 2026-11-22."] * 2)


def test_people_without_a_part_in_the_administration_are_refused(app: Flask, console: Console) -> None:
    assert enter(app, console.bob).get(LIST).status == 403
