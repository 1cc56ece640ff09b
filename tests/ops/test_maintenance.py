"""What has expired goes, a little at a time, while others work; what is in use stays."""

from __future__ import annotations

import logging
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import OperationalError

from tests.make import make_account, make_setup_path
from tests.servers.application import ENVIRONMENT
from tests.servers.shared import wait_until
from webapp.accounts.service import get_account
from webapp.core import clock
from webapp.infra.alone import MAINTENANCE, try_alone
from webapp.infra.database import DatabaseAway, db, unit_of_work
from webapp.infra.database.engine import engine_url
from webapp.infra.models import SingleUseLink
from webapp.ops.maintenance import TASKS, Maintenance, Task, in_batches, run_tasks
from webapp.sessions.models import Session
from webapp.sessions.purge import KEPT_AFTER_END, forget_ended
from webapp.tokens.models import RevokedToken, SeenProof

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from tests.servers.live import LiveServer

HOUR = timedelta(hours=1)


def add_ended_sessions(app: Flask, number: int, ended_ago: timedelta = KEPT_AFTER_END + HOUR) -> str:
    """So many sessions of one account that ended that long ago; returns the account's id."""
    account_id, ended_at = make_account(app).id, clock.now() - ended_ago
    begun_at = ended_at - HOUR
    moments = dict.fromkeys(("created_at", "authenticated_at", "proved_at", "last_active_at"), begun_at)
    row = {
        "account_id": account_id,
        "device": "",
        "address": "",
        "methods": "pwd",
        "counter": 1,
        "received": 1,
    }
    row |= {**moments, "ends_at": begun_at + timedelta(days=30), "ended_at": ended_at, "end_cause": "idle"}
    with unit_of_work():
        rows = [{"id": f"{account_id[-12:]}{each}", **row} for each in range(number)]
        db.session.execute(Session.__table__.insert(), rows)  # type: ignore[attr-defined]
    return account_id


def count(table: type) -> int:
    with unit_of_work(writes=False):
        return db.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.database
def test_others_write_between_the_batches_of_a_purge(at_work: Flask, database_url: str) -> None:
    account_id = add_ended_sessions(at_work, 1200)
    add_ended_sessions(at_work, 1, KEPT_AFTER_END - HOUR)
    other = create_engine(
        engine_url(database_url), connect_args={"timeout": 0.2} if "sqlite" in database_url else {}
    )
    seen: list[int] = []

    def purge_and_let_others_write(size: int) -> int:
        with closing(other.connect()) as connection:
            change = text("UPDATE accounts SET display_name = 'busy' WHERE id = :id")
            connection.execute(change, {"id": account_id})
            connection.commit()
        seen.append(forget_ended(size))
        return seen[-1]

    purge = in_batches(purge_and_let_others_write, 250)
    # A busy machine takes several turns.
    while seen[-1:] != [0]:
        purge()
    assert sum(seen) == 1200
    assert (seen[0], max(seen) <= 250, len(seen) > 5) == (10, True, True)
    assert count(Session) == 1
    other.dispose()


def test_interrupted_purge_keeps_what_it_did_and_goes_on_next_time(at_work: Flask) -> None:
    add_ended_sessions(at_work, 60)
    batches = iter([False, False, True])

    def purge_until_the_power_fails(size: int) -> int:
        done = forget_ended(size)
        if next(batches):
            raise KeyboardInterrupt
        return done

    with pytest.raises(KeyboardInterrupt):
        in_batches(purge_until_the_power_fails, 10)()
    assert count(Session) == 40
    assert in_batches(forget_ended, 10)() == 40


@pytest.mark.database
def test_only_what_nobody_can_use_any_more_goes(at_work: Flask) -> None:
    add_ended_sessions(at_work, 3)
    make_setup_path(at_work)
    moment = clock.now()
    with unit_of_work():
        for name, expires_at in {"gone": moment - HOUR, "leeway": moment, "valid": moment + HOUR}.items():
            db.session.add(RevokedToken(token_id=name, revoked_at=moment, expires_at=expires_at))
            db.session.add(SeenProof(digest=name.encode(), expires_at=expires_at))
        for days in (1, 29, 31):
            db.session.add(a_link(f"{days} days", moment - timedelta(days=days)))
    # All but the sealing of the audit trail, which always finds something.
    done = dict(run_tasks(TASKS[:-1]))
    assert sum(done.values()) == 3 + 1 + 1 + 1, done
    assert (count(Session), count(RevokedToken), count(SeenProof), count(SingleUseLink)) == (0, 2, 2, 3)
    assert set(dict(run_tasks(TASKS[:-1])).values()) == {0}


def a_link(name: str, expires_at: object) -> SingleUseLink:
    moment = clock.now()
    return SingleUseLink(
        id=name,
        purpose="setup",
        token_digest=name.encode(),
        created_at=moment,
        expires_at=expires_at,
        spent_at=moment,
    )


def test_command_says_what_it_did(at_work: Flask) -> None:
    add_ended_sessions(at_work, 3)
    result = at_work.test_cli_runner().invoke(args=["maintenance"])
    assert (result.exit_code, "Sessions of long ago deleted: 3\n" in result.output) == (0, True)
    assert len(result.output.splitlines()) == len(TASKS)


@pytest.mark.database
def test_one_process_at_a_time_and_nobody_waits(at_work: Flask) -> None:
    with try_alone(MAINTENANCE) as is_mine:
        assert is_mine
        assert list(run_tasks(TASKS)) == []
        result = at_work.test_cli_runner().invoke(args=["maintenance"])
    assert (result.exit_code, result.output) == (0, "Another process is at it.\n")
    assert len(list(run_tasks(TASKS))) == len(TASKS)


@pytest.mark.database
def test_whoever_comes_right_after_finds_it_free(at_work: Flask) -> None:
    del at_work
    found = []
    for _ in range(300):
        with try_alone(MAINTENANCE) as is_mine:
            found.append(is_mine)
    assert found == [True] * 300


def test_task_that_fails_is_logged_and_keeps_no_other_from_its_turn(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []

    def fail_with(failure: Exception) -> Callable[[], int]:
        def run() -> int:
            raise failure

        return run

    def succeed() -> int:
        done.append("done")
        return 1

    broken = OperationalError("SELECT 'a value'", {}, Exception("gone"), hide_parameters=True)
    tasks = [
        Task("first", 60, fail_with(DatabaseAway())),
        Task("second", 60, fail_with(broken)),
        Task("third", 60, succeed),
    ]
    maintenance = Maintenance(app, tasks, first_after=0)  # type: ignore[arg-type]
    with caplog.at_level(logging.INFO, "latchkey.maintenance"):
        maintenance.run_due()
        maintenance.run_due()
    assert done == ["done"]
    assert [each.levelname for each in caplog.records] == ["WARNING", "ERROR", "INFO"]


def test_server_does_it_by_itself_and_stops_in_the_middle_of_it(
    start_server: Callable[..., LiveServer], database_url: str
) -> None:
    long_ago = "2020-01-01 00:00:00.000000"
    rows = [(f"{number}", long_ago, long_ago) for number in range(100_000)]
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)) as database:
        database.execute("BEGIN")
        database.executemany("INSERT INTO revoked_tokens VALUES (?, ?, ?)", rows)
        database.execute("COMMIT")

        def left() -> int:
            return int(database.execute("SELECT count(*) FROM revoked_tokens").fetchone()[0])

        secrets = {name: value for name, value in ENVIRONMENT.items() if name.endswith(("KEY", "PEPPER"))}
        server = start_server(DATABASE_URL=database_url, **secrets)
        wait_until(lambda: left() < 100_000, "the server to begin by itself")
        assert server.stop() == 0
        assert 0 < left() < 100_000
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert "ERROR" not in server.read_log()


@pytest.mark.soak
@pytest.mark.database
def test_million_rows_go_and_nobody_waits_long_meanwhile(app: Flask) -> None:
    person, waits, is_done = make_account(app), [0.0], threading.Event()
    long_ago = clock.now() - timedelta(days=400)
    with app.app_context(), unit_of_work():
        for start in range(0, 1_000_000, 50_000):
            each = [
                {"token_id": f"{number}", "revoked_at": long_ago, "expires_at": long_ago}
                for number in range(start, start + 50_000)
            ]
            db.session.execute(RevokedToken.__table__.insert(), each)  # type: ignore[attr-defined]

    def write_now_and_then() -> None:
        while not is_done.wait(0.05):
            begun = clock.monotonic()
            with app.app_context(), unit_of_work():
                get_account(person.id).version += 1
            waits.append(clock.monotonic() - begun)

    with ThreadPoolExecutor(1) as others, app.app_context():
        writing = others.submit(write_now_and_then)
        amounts = dict(run_tasks(TASKS))
        is_done.set()
        writing.result()
    assert amounts["Revocations of expired tokens deleted"] == 1_000_000
    assert len(waits) > 100
    # bench/maintenance.py measures it; a single statement for all of them would hold the others up for minutes.
    assert max(waits) < 5.0, sorted(waits)[-10:]
