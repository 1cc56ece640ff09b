"""Units of work: what is kept, what is undone, and what a moment is on its way through the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError

from webapp.accounts.models import Account, Role
from webapp.core.errors import Problem
from webapp.infra.database import begin_writing, db, let_go, unit_of_work
from webapp.infra.database.engine import engine_options, engine_url
from webapp.infra.database.unit_of_work import unit_writes

if TYPE_CHECKING:
    from flask import Flask


BUILT_IN = {"user", "administrator", "auditor", "support"}


class Kept(Problem):
    """A refusal whose changes are stored all the same."""

    code = "kept_in_a_test"
    status = 403
    keeps_changes = True


def add_role(name: str) -> None:
    db.session.add(Role(name=name, description="made by a test"))


def roles() -> set[str]:
    with unit_of_work(writes=False):
        return set(db.session.scalars(select(Role.name))) - BUILT_IN


def work(problem: BaseException | None) -> None:
    with unit_of_work():
        add_role("made")
        if problem is not None:
            raise problem


@pytest.mark.database
def test_unit_commits_when_it_returns(at_work: Flask) -> None:
    work(None)
    assert roles() == {"made"}


@pytest.mark.database
@pytest.mark.parametrize("problem", [Problem(), KeyError(), KeyboardInterrupt(), GeneratorExit()])
def test_unit_rolls_back_when_it_raises(at_work: Flask, problem: BaseException) -> None:
    with pytest.raises(type(problem)):
        work(problem)
    assert roles() == set()


@pytest.mark.database
def test_problem_that_keeps_changes_keeps_them_and_is_still_raised(at_work: Flask) -> None:
    with pytest.raises(Kept):
        work(Kept())
    assert roles() == {"made"}


@pytest.mark.database
def test_letting_go_with_pending_changes_is_refused_and_nothing_is_stored(at_work: Flask) -> None:
    def let_go_too_soon() -> None:
        with unit_of_work():
            add_role("pending")
            let_go()

    with pytest.raises(RuntimeError, match="nothing to write"):
        let_go_too_soon()
    assert roles() == set()


def test_unit_that_only_read_can_begin_to_write(at_work: Flask) -> None:
    with unit_of_work(writes=False):
        assert db.session.scalar(select(Role.name)) is not None
        begin_writing()
        assert unit_writes()
        add_role("late")
    assert roles() == {"late"}


def test_nested_kinds_of_units_leave_the_outer_one_as_it_was(at_work: Flask) -> None:
    with unit_of_work(writes=False):
        pass
    assert unit_writes()


@pytest.mark.database
@pytest.mark.parametrize(
    "zone", [UTC, timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=11))]
)
def test_moment_comes_back_the_same_and_in_utc(at_work: Flask, zone: timezone) -> None:
    moment = datetime(2026, 3, 29, 1, 30, 0, 123_456, tzinfo=zone)
    with unit_of_work():
        db.session.add(Account(id="1", username="a", username_key="a", display_name="a", created_at=moment))
    db.session.expire_all()
    with unit_of_work(writes=False):
        found = db.session.scalars(select(Account.created_at)).one()
    assert found == moment
    assert found.utcoffset() == timedelta(0)


@pytest.mark.database
def test_moment_without_a_zone_is_refused(at_work: Flask) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - what is refused
    with pytest.raises(StatementError, match="a stored moment needs a zone"), unit_of_work():
        db.session.execute(select(Account).where(Account.created_at == naive))


def test_sqlite_keeps_foreign_keys_and_a_write_ahead_log(at_work: Flask) -> None:
    with unit_of_work(writes=False):
        pragmas = {
            name: db.session.scalar(text(f"PRAGMA {name}"))
            for name in ("foreign_keys", "journal_mode", "synchronous")
        }
    assert pragmas == {"foreign_keys": 1, "journal_mode": "wal", "synchronous": 2}


@pytest.mark.parametrize("url", ["postgres://h/d", "postgresql://h/d", "postgresql+psycopg://h/d"])
def test_every_way_to_write_postgresql_means_the_same(url: str) -> None:
    assert engine_url(url) == "postgresql+psycopg://h/d"
    assert engine_options(url) == engine_options("postgresql://h/d")
