"""The refresh rule on real rows: the simulated world drives the guarded statements, and the whole of `refresh()`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from random import Random

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.tokens.chain_nodes import OTHER_USER_AGENT, RowStore, RowWorld, make_rows
from tests.tokens.refresh_world import START, World
from tests.tokens.test_refresh_rule_properties import HonestPerson, be_busy_for_a_day, live_one_day
from tests.tokens.test_refresh_rule_thieves import HABITS, be_outrun, steal_and_be_outrun
from webapp.tokens.refresh_rule import digest_user_agent

SOAK = os.environ.get("SOAK") == "1"
# The gate's four days are rich in swaps and quick; a machine under load still ends them in time.
HONEST_DAYS = range(300) if SOAK else (0, 1, 5, 8)
THIEF_RUNS = 40 if SOAK else 1
EXAMPLES = 60 if SOAK else 4
# The gate runs these on SQLite; PostgreSQL, where every statement is a journey, has its turn in the soak.
pytestmark = [pytest.mark.soak, pytest.mark.database] if SOAK else []
Rows = Callable[[], tuple[RowStore, ...]]


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as moved:
        yield moved


@pytest.fixture
def new_rows(make_app: Callable[..., Flask], traveller: time_machine.Traveller) -> Rows:
    return make_rows((make_app(), make_app()))


def test_no_honest_run_over_the_guarded_statements_ends_signed_out(new_rows: Rows) -> None:
    swaps = 0
    for seed in HONEST_DAYS:
        rows = new_rows()
        live_one_day(seed, rows)
        state = rows[1].read()
        assert state is not None
        swaps += state.counter - 1
    assert swaps > len(HONEST_DAYS), "the runs were too short to rotate"


def test_no_honest_run_over_refresh_itself_ends_signed_out(
    new_rows: Rows, traveller: time_machine.Traveller
) -> None:
    swaps = 0
    for seed in HONEST_DAYS:
        traveller.move_to(START)
        world = be_busy_for_a_day(RowWorld(Random(seed), new_rows(), traveller))
        swaps += max((number for _, number in world.grants), default=1) - 1
    assert swaps > len(HONEST_DAYS), "the runs were too short to rotate"


@pytest.mark.parametrize("habit", HABITS)
def test_thief_of_a_chain_in_the_database_is_outrun(
    new_rows: Rows, traveller: time_machine.Traveller, habit: str
) -> None:
    for seed in range(THIEF_RUNS):
        steal_and_be_outrun(seed, habit, new_rows())
        traveller.move_to(START)
        be_outrun(RowWorld(Random(seed), new_rows(), traveller), habit)
        traveller.move_to(START)


def test_thief_with_another_user_agent_is_outrun_by_refresh_itself(
    new_rows: Rows, traveller: time_machine.Traveller
) -> None:
    for seed in range(THIEF_RUNS):
        traveller.move_to(START)
        world = RowWorld(Random(seed), new_rows(), traveller)
        be_outrun(world, "does everything", digest_user_agent(OTHER_USER_AGENT))


def test_state_machine_of_an_honest_person_finds_no_way_out_of_the_session(
    new_rows: Rows, traveller: time_machine.Traveller
) -> None:
    worlds: list[RowWorld] = []

    class Person(HonestPerson):
        def make_world(self, random: Random) -> World:
            traveller.move_to(START)
            worlds.append(RowWorld(random, new_rows(), traveller))
            return worlds[-1]

    run_state_machine_as_test(
        Person,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert any(world.grants for world in worlds)
