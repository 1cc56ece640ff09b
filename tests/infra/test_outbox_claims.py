"""Several processes deliver from one outbox: each letter is one's at a time, and another's after a process died."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import select

from tests.mail_servers import scripted, settings_for, sink
from webapp.config import current_settings
from webapp.core import clock
from webapp.infra.database import DatabaseAway, db, engine, unit_of_work
from webapp.infra.delivery import Delivery, Round
from webapp.infra.models import Mail
from webapp.infra.outbox import Letter, queue_letter
from webapp.infra.outbox_store import (
    CLAIM,
    Claim,
    claim_letter,
    record_delivery,
    record_failure,
    record_giving_up,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


def queue(number: int = 1) -> None:
    with unit_of_work():
        for each in range(number):
            assert queue_letter("welcome", f"person{each}@example.org", Letter(f"Letter {each}", ("Hello.",)))


def claim() -> Claim | None:
    with unit_of_work(writes=False):
        return claim_letter()


@pytest.mark.database
def test_of_twenty_letters_four_processes_deliver_each_once(make_app: Callable[..., Flask]) -> None:
    with sink() as found:
        nodes = [make_app(**settings_for(found.port)) for _ in range(4)]
        with nodes[0].app_context():
            queue(20)
        start = threading.Barrier(4)

        def deliver(node: Flask) -> int:
            with node.app_context():
                start.wait(timeout=20)
                return Delivery(current_settings()).run_round().delivered

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(deliver, nodes)) == 20
        assert len({message["Subject"] for message in found.messages}) == len(found.taken) == 20


@pytest.mark.database
def test_of_eight_who_claim_one_letter_at_once_one_has_it(app: Flask) -> None:
    with app.app_context():
        queue()
    start = threading.Barrier(8)

    def try_it(_: int) -> bool:
        with app.app_context(), unit_of_work(writes=False):
            db.session.execute(select(Mail.id)).all()
            # All have begun to read; the statement that claims has to decide.
            start.wait(timeout=20)
            return claim_letter() is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_it, range(8))) == 1


@pytest.mark.database
def test_claim_of_a_process_that_died_runs_out(at_work: Flask) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        queue()
        first = claim()
        traveller.shift(CLAIM - timedelta(seconds=1))
        assert claim() is None
        traveller.shift(timedelta(seconds=1))
        second = claim()
    assert first is not None
    assert second is not None
    assert (first.mail_id, first.attempts, second.attempts) == (second.mail_id, 1, 2)


def test_process_whose_claim_ran_out_decides_nothing_but_delivery(at_work: Flask) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        queue()
        late = claim()
        traveller.shift(CLAIM)
        assert late is not None
        assert claim() is not None
        with unit_of_work():
            assert not record_failure(late, "late", clock.now())
            assert not record_giving_up(late, "late")
            assert record_delivery(late)
            assert not record_delivery(late)
        traveller.shift(CLAIM)
        assert claim() is None


@pytest.mark.parametrize("step", ["connect", "mail", "content"])
def test_nothing_is_held_while_a_mail_server_is_spoken_to(
    make_app: Callable[..., Flask], database_url: str, step: str
) -> None:
    with scripted(**{step: "hang"}) as server:
        app = make_app(**settings_for(server.port))
        with app.app_context():
            queue()
            pool = db.engine.pool

            def deliver() -> Round:
                with app.app_context():
                    return Delivery(current_settings()).run_round()

            db.session.remove()
            with ThreadPoolExecutor(1) as other:
                delivering = other.submit(deliver)
                server.await_step(step)
                assert pool.checkedout() == 0  # type: ignore[attr-defined]
                file = database_url.removeprefix("sqlite:///")
                with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
                    connection.execute("BEGIN IMMEDIATE")
                    connection.execute("ROLLBACK")
                server.over.set()
                assert delivering.result().put_off == 1


def test_delivery_that_the_database_cannot_take_is_written_down_before_anything_else(
    make_app: Callable[..., Flask], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "unit_patience", lambda: 50)
    with scripted(content=["250 taken"]) as server, make_app(**settings_for(server.port)).app_context():
        queue(2)
        postman = Delivery(current_settings())
        with closing(
            sqlite3.connect(
                database_url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False
            )
        ) as other:
            server.before["content"] = lambda: other.execute("BEGIN IMMEDIATE")
            for _ in range(2):
                with pytest.raises(DatabaseAway):
                    postman.run_round()
            assert server.reached["content"] == 1
            server.before.clear()
            other.execute("ROLLBACK")
        assert postman.run_round() == Round(delivered=1)
        assert (server.reached["content"], claim()) == (2, None)
