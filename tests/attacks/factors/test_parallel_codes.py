"""Twenty at once: one code counts once, wrong ones are counted exactly, and no two acts wait for each other."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from tests.factors.faces import FACTORS, account_of, begin, confirm, factors_of, take, token_of
from tests.make import enrol_app, make_account
from tests.signin.faces import events_of
from webapp.factors.models import TotpFactor
from webapp.infra.database import db, unit_of_work

pytestmark = pytest.mark.database
CROWD = 20


@pytest.fixture
def environment() -> dict[str, str]:
    return {"LIMIT_SIGNIN_PER_ACCOUNT": "10/1d"}


def at_once(acts: Iterable[Callable[[], object]]) -> Counter[object]:
    """What came of all of these, begun at the same moment."""
    waiting = list(acts)
    start = threading.Barrier(len(waiting))

    def run(act: Callable[[], object]) -> object:
        start.wait(30)
        return act()

    with ThreadPoolExecutor(len(waiting)) as crowd:
        return Counter(crowd.map(run, waiting))


def test_one_code_in_twenty_sign_ins_at_once_counts_once(app: Flask) -> None:
    person = make_account(app)
    code = enrol_app(app, person).code()
    taken = at_once([lambda: take(app, person, code, known="here")] * CROWD)
    assert taken["totp"] == 1
    assert set(taken) <= {"totp", "invalid_code", "too_many_attempts"}


def test_one_recovery_code_twenty_times_at_once_counts_once(app: Flask) -> None:
    person = make_account(app)
    code = enrol_app(app, person).recovery_codes[0]
    taken = at_once([lambda: take(app, person, code)] * CROWD)
    assert taken["recovery_code"] == 1
    assert len(events_of(app, "recovery_code.used")) == 1


def test_twenty_wrong_codes_at_once_are_ten_tries(app: Flask) -> None:
    person = make_account(app)
    wrong = enrol_app(app, person).code(1000)
    assert at_once([lambda: take(app, person, wrong)] * CROWD) == {
        "invalid_code": 10,
        "too_many_attempts": 10,
    }
    assert account_of(app, person).factor_failures_in_a_row == 10
    assert len(events_of(app, "factor.failed")) == 10


def test_app_confirmed_twenty_times_at_once_brings_its_codes_once(app: Flask) -> None:
    person = make_account(app)
    token = token_of(app, person)
    begun = begin(app.test_client(), token)
    answers = at_once([lambda: confirm(app.test_client(), token, begun).status_code] * CROWD)
    assert answers == {200: 1, 404: CROWD - 1}
    assert factors_of(app.test_client(), token)["recovery_codes"]["left"] == 10
    assert len(events_of(app, "totp.enrolled")) == 1


def test_begun_twenty_times_at_once_leaves_one_to_confirm(app: Flask) -> None:
    person = make_account(app)
    token = token_of(app, person)
    statuses = at_once([lambda: app.test_client().post(f"{FACTORS}/totp", headers=token).status_code] * 8)
    assert statuses == {201: 8}
    assert count_rows(app) == 1


def test_two_last_factors_removed_at_once_take_the_codes_along(app: Flask) -> None:
    person = make_account(app)
    first, second = enrol_app(app, person), enrol_app(app, person)
    token = token_of(app, person)

    def remove(factor_id: str) -> Callable[[], int]:
        return lambda: app.test_client().delete(f"{FACTORS}/{factor_id}", headers=token).status_code

    assert at_once([remove(first.id), remove(second.id)]) == {204: 2}
    assert factors_of(app.test_client(), token)["recovery_codes"]["left"] == 0
    assert account_of(app, person).second_factor_since is None


def test_code_and_removal_at_once_end_without_a_deadlock(app: Flask) -> None:
    person = make_account(app)
    enrolled = enrol_app(app, person)
    token = token_of(app, person)
    acts: list[Callable[[], object]] = [lambda: take(app, person, enrolled.code(), known="here")] * 6
    acts.append(lambda: app.test_client().delete(f"{FACTORS}/{enrolled.id}", headers=token).status_code)
    outcomes = at_once(acts)
    assert outcomes[204] == 1
    assert set(outcomes) <= {204, "totp", "invalid_code"}


def test_account_is_held_before_its_factors_so_that_no_two_acts_wait_for_each_other(app: Flask) -> None:
    person = make_account(app)
    code = enrol_app(app, person).code()
    said: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    assert take(app, person, code, known="here") == "totp"
    first = [
        next(n for n, each in enumerate(said) if table in each) for table in ("accounts", "totp_factors")
    ]
    assert first == sorted(first)


def count_rows(app: Flask) -> int | None:
    """Apps begun or confirmed."""
    with app.app_context(), unit_of_work(writes=False):
        return db.session.scalar(select(func.count()).select_from(TotpFactor))
