"""`flask seed`: made-up people, only where nobody real is, and a database that is whole afterwards."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, inspect, select

from tests.admin.console import enter, names_on
from tests.cli.test_account_commands import run
from tests.make import Person, make_account, make_administrator, sign_in_by_api
from webapp.accounts.models import Account
from webapp.infra.audit import digest_of_event
from webapp.infra.database import Base, db, unit_of_work
from webapp.infra.models import AuditEvent
from webapp.sessions.models import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


def count(model: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.database
def test_seeded_people_are_there_sign_in_and_are_found(app: Flask) -> None:
    root = make_administrator(app, "root")
    ran = run(app, "seed", "--accounts", "120")
    assert ran.exit_code == 0, ran.output
    password = re.search(r"password (\S+)", ran.stdout)
    assert password is not None
    with app.app_context(), unit_of_work(writes=False):
        made = [each for each in (Account, Session) if count(each) >= 120]
        someone = db.session.scalars(
            select(Account).where(Account.second_factor_since.is_(None), Account.locked_at.is_(None))
        ).all()
        person = next(each for each in someone if each.is_verified and each.id != root.id)
        seeded = Person(person.id, person.username, "", password[1])
    assert made == [Account, Session]
    assert sign_in_by_api(app.test_client(), seeded)
    listed = enter(app, root).get("/admin/accounts", query_string={"q": seeded.username})
    assert names_on(listed) == [person.display_name]


@pytest.mark.database
def test_seeding_leaves_indexes_references_and_the_trail_whole(app: Flask) -> None:
    with app.app_context():
        before = {table: len(inspect(db.engine).get_indexes(table)) for table in Base.metadata.tables}
        references = {table: len(inspect(db.engine).get_foreign_keys(table)) for table in before}
    assert run(app, "seed", "--accounts", "30").exit_code == 0
    with app.app_context(), unit_of_work(writes=False):
        found = inspect(db.engine)
        assert {table: len(found.get_indexes(table)) for table in before} == before
        assert {table: len(found.get_foreign_keys(table)) for table in before} == references
        events = db.session.scalars(select(AuditEvent)).all()
        assert len(events) >= 150
        assert [each.digest for each in events] == [digest_of_event(each) for each in events]
    verified = run(app, "audit", "verify")
    assert verified.exit_code == 0, verified.output


def test_seed_refuses_where_people_are_and_adds_nothing(app: Flask) -> None:
    for _ in range(11):
        make_account(app)
    ran = run(app, "seed", "--accounts", "5")
    assert ran.exit_code == 1
    assert "has accounts already" in ran.stderr
    with app.app_context(), unit_of_work(writes=False):
        assert count(Account) == 11


@pytest.mark.parametrize("number", ["0", "-1", "many", "5000001"])
def test_seed_refuses_a_number_that_is_none(app: Flask, number: str) -> None:
    assert run(app, "seed", "--accounts", number).exit_code == 2


def test_seed_refuses_in_production(make_app: Callable[..., Flask]) -> None:
    app = make_app(APP_ENV="production", PUBLIC_URL="https://id.example.org", BCRYPT_ROUNDS="12")
    ran = run(app, "seed", "--accounts", "5")
    assert (ran.exit_code, "production" in ran.stderr) == (1, True)
