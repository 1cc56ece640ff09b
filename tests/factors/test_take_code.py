"""The code of an app as a second step: once, within a step of the clock, however it is typed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from pyotp import TOTP

from tests.factors.faces import account_of, begin, take, token_of
from tests.make import enrol_app, make_account
from tests.signin.faces import events_of

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.mark.database
def test_code_counts_once(app: Flask, clock: Any) -> None:
    person = make_account(app)
    enrolled = enrol_app(app, person)
    assert [take(app, person, enrolled.code()) for _ in range(2)] == ["totp", "invalid_code"]


@pytest.mark.parametrize("typed", ["{0} {1}", "{0}-{1}", " {0}{1}\n", "{0}\u2009{1}"])
def test_spaces_and_hyphens_do_not_matter(app: Flask, clock: Any, typed: str) -> None:
    person = make_account(app)
    code = enrol_app(app, person).code()
    assert take(app, person, typed.format(code[:3], code[3:])) == "totp"


def test_full_width_digits_are_digits(app: Flask, clock: Any) -> None:
    person = make_account(app)
    code = enrol_app(app, person).code()
    assert take(app, person, "".join(chr(ord(each) + 0xFEE0) for each in code)) == "totp"


@pytest.mark.parametrize(
    ("steps", "outcome"), [(0, "totp"), (1, "totp"), (2, "invalid_code"), (-2, "invalid_code")]
)
def test_one_step_of_difference_between_clocks_is_forgiven(
    app: Flask, clock: Any, steps: int, outcome: str
) -> None:
    person = make_account(app)
    enrolled = enrol_app(app, person)
    clock.shift(timedelta(minutes=5))
    assert take(app, person, enrolled.code(steps)) == outcome


def test_code_of_the_step_before_is_taken_while_it_is_travelling(app: Flask, clock: Any) -> None:
    person = make_account(app)
    enrolled = enrol_app(app, person)
    clock.shift(timedelta(minutes=5))
    assert take(app, person, enrolled.code(-1)) == "totp"


def test_code_before_the_last_one_taken_is_void(app: Flask, clock: Any) -> None:
    person = make_account(app)
    enrolled = enrol_app(app, person)
    clock.shift(timedelta(minutes=5))
    assert [take(app, person, enrolled.code(steps)) for steps in (0, -1, 1)] == [
        "totp",
        "invalid_code",
        "totp",
    ]


def test_code_that_confirmed_the_app_signs_nobody_in(app: Flask, clock: Any) -> None:
    person = make_account(app)
    assert take(app, person, enrol_app(app, person).code(-1)) == "invalid_code"


def test_used_code_stays_used_when_the_clock_goes_back(app: Flask, clock: Any) -> None:
    person = make_account(app)
    enrolled = enrol_app(app, person)
    clock.shift(timedelta(minutes=5))
    code = enrolled.code()
    take(app, person, code)
    clock.shift(timedelta(seconds=-30))
    assert take(app, person, code) == "invalid_code"


def test_each_of_several_apps_is_good(app: Flask, clock: Any) -> None:
    person = make_account(app)
    apps = [enrol_app(app, person) for _ in range(3)]
    assert [take(app, person, each.code()) for each in apps] == ["totp"] * 3


def test_app_that_was_only_begun_is_no_factor(app: Flask, client: FlaskClient, clock: Any) -> None:
    person = make_account(app)
    enrol_app(app, person)
    begun = begin(client, token_of(app, person))
    assert take(app, person, TOTP(begun["secret"]).at(START)) == "invalid_code"


def test_code_of_somebody_else_is_refused(app: Flask, clock: Any) -> None:
    person, other = make_account(app), make_account(app)
    enrol_app(app, person)
    assert take(app, person, enrol_app(app, other).code()) == "invalid_code"


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "x" * 10_000, "\x00", "\ud800", "٠١٢٣٤٥", "a" * 22, "1" * 23]
)
def test_text_of_another_form_is_refused_and_counts_as_no_guess(app: Flask, clock: Any, code: str) -> None:
    person = make_account(app)
    enrol_app(app, person)
    assert take(app, person, code) == "invalid_code"
    assert (account_of(app, person).factor_failures_in_a_row, events_of(app, "factor.failed")) == (0, [])


def test_wrong_code_is_counted_and_recorded_and_a_right_one_forgets_it(app: Flask, clock: Any) -> None:
    person = make_account(app)
    enrolled = enrol_app(app, person)
    take(app, person, enrolled.code(50))
    assert account_of(app, person).factor_failures_in_a_row == 1
    assert events_of(app, "factor.failed") == ['{"reason":"totp"}']
    take(app, person, enrolled.code())
    assert account_of(app, person).factor_failures_in_a_row == 0
