"""How much maintenance does at a time: small batches, and turns for every task however much one of them has to do."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from webapp.infra.database import DatabaseAway
from webapp.ops.maintenance import Maintenance, Task, in_batches, next_size, run_tasks

if TYPE_CHECKING:
    from flask import Flask


@pytest.mark.parametrize(
    ("most", "took", "following"),
    [(10, 0.001, 20), (200, 0.001, 250), (250, 0.03, 250), (250, 0.06, 125), (15, 2.0, 10), (10, 9.0, 10)],
)
def test_batch_that_was_slow_is_followed_by_a_smaller_one(most: int, took: float, following: int) -> None:
    assert next_size(most, took, 10, 250) == following


def test_backlog_leaves_the_other_tasks_their_turns_and_is_worked_off_all_the_same(
    app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.ops.maintenance._TURN_SECONDS", -1)
    amounts = iter([10, 20, 40, 0, 10, 20, 0])
    tasks = [Task("backlog", 3600, in_batches(lambda most: next(amounts), 250)), Task("other", 0, lambda: 1)]
    maintenance = Maintenance(app, tasks, first_after=0)  # type: ignore[arg-type]
    with caplog.at_level(logging.INFO, "latchkey.maintenance"):
        for _ in range(5):
            maintenance.run_due()
    told = [record.getMessage() for record in caplog.records]
    assert told == [
        "backlog: 10",
        "other: 1",
        "backlog: 20",
        "other: 1",
        "backlog: 40",
        "other: 1",
        "other: 1",
        "other: 1",
    ]
    # The command goes on until there is nothing more.
    with app.app_context():
        assert dict(run_tasks(tasks[:1])) == {"backlog": 30}


def test_database_that_was_busy_is_tried_again_soon(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[bool] = []

    def find_it_busy() -> int:
        tried.append(True)
        raise DatabaseAway

    maintenance = Maintenance(app, [Task("hourly", 3600, find_it_busy)], first_after=0)  # type: ignore[arg-type]
    monkeypatch.setattr("webapp.ops.maintenance._SOON_SECONDS", 0)
    for _ in range(2):
        maintenance.run_due()
    assert len(tried) == 2
