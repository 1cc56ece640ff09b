"""Numbers of rows: exact while there are few, kept by maintenance where there are more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from tests.make import entered, make_account
from webapp.accounts.models import Account
from webapp.admin.account_filters import NEWEST_FIRST, Criteria
from webapp.admin.account_list import list_accounts
from webapp.admin.dashboard_figures import Coverage, count_anew, find_coverage
from webapp.core import clock
from webapp.infra import figures
from webapp.infra.database import db, unit_of_work
from webapp.infra.figures import MOST_COUNTED, WITH_SECOND_FACTOR, Amount, amount_of, count_up_to, figure
from webapp.infra.models import Figure
from webapp.ops.maintenance import TASKS

if TYPE_CHECKING:
    from flask import Flask

ALL = select(Account.id)


def crowd(size: int, *, with_factor: int = 0) -> None:
    moment = clock.now()
    rows = [
        {
            "id": f"crowd{number:06}", "username": f"crowd{number}", "username_key": f"crowd{number}",
            "display_name": "", "created_at": moment,
            "second_factor_since": moment if number < with_factor else None,
        }
        for number in range(size)
    ]  # fmt: skip
    with unit_of_work():
        db.session.execute(insert(Account), rows)


def test_few_rows_are_counted_exactly_and_none_is_kept(at_work: Flask) -> None:
    make_account(at_work)
    crowd(5, with_factor=2)
    assert amount_of("accounts", ALL.order_by(Account.id)) == Amount(6)
    assert (count_up_to(ALL, 6), count_up_to(ALL, 5)) == (6, None)
    assert (count_anew(), figure("accounts")) == (0, None)
    assert find_coverage() == Coverage(Amount(6), Amount(2), 0, 0)


@pytest.mark.database
def test_many_rows_are_told_as_maintenance_counted_them_last(app: Flask) -> None:
    with entered(app):
        crowd(MOST_COUNTED + 50, with_factor=MOST_COUNTED // 2)
        assert amount_of("accounts", ALL).words == "more than 10,000"
        assert find_coverage().percent is None
        assert count_anew() == 2
        make_account(app)
        assert amount_of("accounts", ALL).words == "about 10,050"
        assert (find_coverage().accounts.words, find_coverage().percent) == ("about 10,050", 50)
        count_anew()
        assert figure("accounts") == Amount(MOST_COUNTED + 51, is_exact=False)
        assert [task.seconds for task in TASKS if task.run is count_anew] == [60]


@pytest.mark.parametrize(
    "kept", [[], [("accounts", 9), (WITH_SECOND_FACTOR, 3)], [("accounts", MOST_COUNTED + 5)]]
)
def test_figures_of_when_there_were_few_are_not_told_of_many(
    at_work: Flask, kept: list[tuple[str, int]]
) -> None:
    crowd(MOST_COUNTED + 5, with_factor=MOST_COUNTED + 2)
    with unit_of_work():
        for name, value in kept:
            db.session.add(Figure(name=name, value=value, counted_at=clock.now()))
    found = find_coverage()
    assert (found.accounts.words, found.percent) == ("more than 10,000", None)
    secured = list_accounts(Criteria(factor="with"), NEWEST_FIRST, None).matching
    assert secured is not None
    assert secured.words == "more than 10,000"
    count_anew()
    again = list_accounts(Criteria(factor="with"), NEWEST_FIRST, None).matching
    assert again is not None
    assert again.words == "about 10,002"


def test_very_many_are_not_counted_for_a_page_and_few_again_are_noticed(
    at_work: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_account(at_work)
    for value, words in ((100_000, "1"), (100_001, "about 100,001")):
        with unit_of_work():
            db.session.merge(Figure(name="accounts", value=value, counted_at=clock.now()))
        assert amount_of("accounts", ALL).words == words
    with monkeypatch.context() as patched:
        patched.setattr(figures, "count_up_to", lambda *_: pytest.fail("counted"))
        assert amount_of("accounts", ALL).value == 100_001
    assert count_anew() == 2
    assert amount_of("accounts", ALL) == Amount(1)
    assert count_anew() == 0


@pytest.mark.parametrize(
    ("total", "part", "percent"),
    [(0, 0, None), (1, 0, 0), (3, 1, 33), (1000, 1, 1), (1000, 999, 99), (1000, 1000, 100)],
)
def test_percent_is_none_or_all_only_when_it_is_so(total: int, part: int, percent: int | None) -> None:
    assert Coverage(Amount(total), Amount(part), 0, 0).percent == percent
