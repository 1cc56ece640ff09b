"""Jobs that fail, wait or stand in each other's way: each ends or goes on, and the others with it."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.ops.counting import count_two, job, marks, queue, runner
from webapp.core import clock
from webapp.core.errors import Conflict, Problem
from webapp.infra.database import DatabaseAway

if TYPE_CHECKING:
    from flask import Flask

    from webapp.infra.jobs import Claim


@pytest.mark.parametrize(
    ("fault", "problem"), [(Conflict("Not like this."), "Not like this."), (KeyError("x"), "it is our fault")]
)
def test_refusal_ends_a_job_with_its_sentence_and_a_fault_is_tried_five_times(
    at_work: Flask, caplog: pytest.LogCaptureFixture, fault: Exception, problem: str
) -> None:
    caplog.set_level(logging.CRITICAL)
    job_id, tries = queue(), []

    def fail(claim: Claim) -> bool:
        tries.append(claim.attempts)
        raise fault

    does = runner(at_work, fail)
    with time_machine.travel(clock.now(), tick=False) as traveller:
        while does.run_one():
            assert not does.run_one()
            traveller.shift(timedelta(seconds=31))
    assert problem in (job(job_id).problem or "")
    assert len(tries) == (1 if isinstance(fault, Problem) else 5)


def test_job_waits_for_a_database_that_is_away_however_long(at_work: Flask) -> None:
    job_id, tries = queue(), []

    def away(claim: Claim) -> bool:
        tries.append(claim.attempts)
        if len(tries) < 12:
            raise DatabaseAway(retry_after=2)
        return count_two(claim)

    does = runner(at_work, away)
    with time_machine.travel(clock.now(), tick=False) as traveller:
        while job(job_id).finished_at is None:
            does.run_one()
            traveller.shift(timedelta(seconds=3))
    assert (marks(job_id), job(job_id).problem) == ([1] * 6, None)


def test_kind_that_nobody_knows_ends_and_the_next_job_is_done(at_work: Flask) -> None:
    unknown, known = queue(kind="of a later release"), queue()
    does = runner(at_work)
    while does.run_one():
        pass
    assert "does not know this kind" in (job(unknown).problem or "")
    assert marks(known) == [1] * 6


def test_short_job_has_its_turn_while_a_long_one_goes_on(at_work: Flask) -> None:
    long, short = queue(20), queue(2)
    does = runner(at_work, turn_seconds=0)
    does.run_one()
    does.run_one()
    assert (job(short).problem, job(short).position, job(long).position) == (None, 2, 2)
