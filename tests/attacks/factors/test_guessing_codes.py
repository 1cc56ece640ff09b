"""Guessing codes with the right password in hand: few tries, no more for giving it again, and owners stay in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from tests.factors.faces import account_of, take
from tests.make import Authenticator, Person, enrol_app, make_account
from tests.signin.faces import events_of
from webapp.factors.codes import MOST_FAILURES_IN_A_ROW

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def victim(app: Flask) -> tuple[Person, Authenticator]:
    person = make_account(app)
    return person, enrol_app(app, person)


def guess(app: Flask, victim: tuple[Person, Authenticator], times: int, known: str | None = None) -> set[str]:
    person, enrolled = victim
    return {take(app, person, enrolled.code(1000), known=known) for _ in range(times)}


@pytest.mark.limits
def test_stranger_has_ten_tries_and_then_not_even_the_right_code_helps(
    app: Flask, victim: tuple[Person, Authenticator]
) -> None:
    person, enrolled = victim
    assert guess(app, victim, 10) == {"invalid_code"}
    assert take(app, person, enrolled.code()) == "too_many_attempts"


def test_owner_on_a_known_device_has_a_lane_of_their_own(
    app: Flask, victim: tuple[Person, Authenticator]
) -> None:
    person, enrolled = victim
    guess(app, victim, 11)
    assert take(app, person, enrolled.code(), known="device") == "totp"


def test_known_device_is_limited_too_and_shuts_no_other_out(
    app: Flask, victim: tuple[Person, Authenticator]
) -> None:
    person, enrolled = victim
    assert guess(app, victim, 11, known="stolen") == {"invalid_code", "too_many_attempts"}
    assert take(app, person, enrolled.code(), known="device") == "totp"


def test_right_code_gives_its_own_try_back_and_no_other(
    app: Flask, victim: tuple[Person, Authenticator], clock: Any
) -> None:
    person, enrolled = victim
    guess(app, victim, 9)
    for _ in range(3):
        clock.shift(timedelta(seconds=30))
        assert take(app, person, enrolled.code()) == "totp"
    assert guess(app, victim, 2) == {"invalid_code", "too_many_attempts"}


def test_wrong_recovery_codes_take_no_tries_from_the_app(
    app: Flask, victim: tuple[Person, Authenticator]
) -> None:
    person, enrolled = victim
    wrong = "a" * 23
    assert [take(app, person, wrong) for _ in range(11)] == ["invalid_code"] * 10 + ["too_many_attempts"]
    assert take(app, person, enrolled.code()) == "totp"


def test_hundred_failures_in_a_row_shut_strangers_out_until_the_owner_was_in(
    app: Flask, victim: tuple[Person, Authenticator], clock: Any
) -> None:
    person, enrolled = victim
    fail_often(app, person)
    assert take(app, person, enrolled.code()) == "invalid_code"
    assert events_of(app, "factor.failed")[-1] == '{"reason":"too_many_failures"}'
    assert take(app, person, enrolled.code(), known="device") == "totp"
    clock.shift(timedelta(seconds=30))
    assert take(app, person, enrolled.code()) == "totp"


def test_recovery_code_is_the_way_in_for_whom_strangers_shut_out(
    app: Flask, victim: tuple[Person, Authenticator]
) -> None:
    person, enrolled = victim
    fail_often(app, person)
    assert take(app, person, enrolled.recovery_codes[0]) == "recovery_code"
    assert account_of(app, person).factor_failures_in_a_row == 0


def test_proven_owner_lets_strangers_try_again(app: Flask, victim: tuple[Person, Authenticator]) -> None:
    from webapp.factors.codes import forget_failures
    from webapp.infra.database import unit_of_work

    person, enrolled = victim
    fail_often(app, person)
    with app.app_context(), unit_of_work():
        forget_failures(person.id)
    assert take(app, person, enrolled.code()) == "totp"


def test_sealed_secret_moved_to_another_account_opens_nothing(app: Flask) -> None:
    from sqlalchemy import select, update

    from webapp.factors.models import TotpFactor
    from webapp.infra.database import db, unit_of_work

    mine, theirs = make_account(app), make_account(app)
    attacker, victim = enrol_app(app, mine), enrol_app(app, theirs)
    with app.app_context(), unit_of_work():
        known = select(TotpFactor.secret).where(TotpFactor.id == attacker.id).scalar_subquery()
        db.session.execute(update(TotpFactor).where(TotpFactor.id == victim.id).values(secret=known))
    assert take(app, theirs, attacker.code()) == "sealed_value_unreadable"


def fail_often(app: Flask, person: Person) -> None:
    from sqlalchemy import update

    from webapp.accounts.models import Account
    from webapp.infra.database import db, unit_of_work

    with app.app_context(), unit_of_work():
        statement = update(Account).where(Account.id == person.id)
        db.session.execute(statement.values(factor_failures_in_a_row=MOST_FAILURES_IN_A_ROW))
