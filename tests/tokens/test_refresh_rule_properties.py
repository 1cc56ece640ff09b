"""No honest run ends signed out, on any schedule that the stated conditions allow. SOAK=1: 20,000 runs for 400."""

from __future__ import annotations

import os
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.tokens.refresh_people import Browser
from tests.tokens.refresh_world import (
    AGES,
    GOOD,
    MINUTE,
    NETWORKS,
    SECOND,
    ChainStore,
    MemoryStore,
    Network,
    Rules,
    World,
)

SOAK = os.environ.get("SOAK") == "1"
pytestmark = [pytest.mark.soak] if SOAK else []
HONEST_RUNS = 20_000 if SOAK else 400
SPANS = (1, 100, SECOND, 5 * SECOND, 10 * SECOND, 29_900, 31 * SECOND, MINUTE, 5 * MINUTE, 20 * MINUTE)
PAUSES = (0, 100, 5 * SECOND, 20 * SECOND, 50 * SECOND, 100 * SECOND)


def settle(world: World, browser: Browser) -> None:
    """Two quiet minutes on a good network: by then every tab must have been served."""
    world.network = GOOD
    world.advance(2 * MINUTE)
    assert world.ended is None, world.ended
    waiting = [tab for tab in browser.tabs if tab.token is None or tab.failures]
    assert not waiting, f"{len(waiting)} of {len(browser.tabs)} tabs were still refused"


def live_one_day(seed: int, stores: tuple[ChainStore, ...], rules: Rules | None = None) -> World:
    """One person's day on these stores; the seed is the run."""
    return be_busy_for_a_day(World(Random(seed), stores, rules))


def be_busy_for_a_day(world: World) -> World:
    """Drive a browser from one dangerous moment of its chain to another."""
    random = world.random
    browser = Browser(world)
    acts: tuple[Callable[[], None], ...] = (
        lambda: browser.open_tabs(random.choice((1, 1, 2, 5))),
        lambda: browser.close_tabs(1),
        browser.call_api,
        browser.reload,
        lambda: browser.restart(random.choice(PAUSES), random.choice((2, 2, 10, 20)), crash=True),
        lambda: browser.restart(random.choice(PAUSES), random.choice((2, 2, 10, 20)), crash=False),
        lambda: None,
    )
    browser.open_tabs(random.choice((1, 2, 10)))
    for _ in range(random.randrange(4, 24)):
        world.network = random.choice(NETWORKS)
        if random.random() < 1 / 4:
            world.advance(random.choice(SPANS))
        else:
            world.advance_to_age(random.choice(AGES))
        for act in random.choices(acts, k=random.choice((1, 2, 3))):
            act()
        if world.ended is not None:
            break
    settle(world, browser)
    return world


class HonestPerson(RuleBasedStateMachine):
    """One person, one browser. `make_nodes` gives the row as each server node sees it; a subclass may set it."""

    make_nodes: Callable[[], tuple[ChainStore, ...]] = staticmethod(lambda: (MemoryStore(),))

    def make_world(self, random: Random) -> World:
        return World(random, self.make_nodes())

    @initialize(random=st.randoms(use_true_random=False), tabs=st.sampled_from((1, 2, 10)))
    def sign_in(self, random: Random, tabs: int) -> None:
        self.world = self.make_world(random)
        self.browser = Browser(self.world)
        self.browser.open_tabs(tabs)

    @rule(count=st.sampled_from((1, 2, 5)))
    def open_tabs(self, count: int) -> None:
        self.browser.open_tabs(count)

    @rule()
    def close_a_tab(self) -> None:
        self.browser.close_tabs(1)

    @rule()
    def reload(self) -> None:
        self.browser.reload()

    @rule()
    def call_the_api(self) -> None:
        self.browser.call_api()

    @rule(span=st.sampled_from(SPANS))
    def wait(self, span: int) -> None:
        self.world.advance(span)

    @rule(age=st.sampled_from(AGES))
    def wait_for_age(self, age: int) -> None:
        self.world.advance_to_age(age)

    @rule(crash=st.booleans(), pause=st.sampled_from(PAUSES), tabs=st.sampled_from((2, 10, 20)))
    def restart(self, crash: bool, pause: int, tabs: int) -> None:
        self.browser.restart(pause, tabs, crash=crash)

    @rule(network=st.sampled_from(NETWORKS))
    def change_network(self, network: Network) -> None:
        self.world.network = network

    @invariant()
    def is_signed_in(self) -> None:
        assert self.world.ended is None, self.world.ended

    def teardown(self) -> None:
        if hasattr(self, "browser"):
            settle(self.world, self.browser)


TestHonestPerson = HonestPerson.TestCase
TestHonestPerson.settings = settings(
    max_examples=1_000 if SOAK else 40,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_no_honest_run_of_many_ends_signed_out() -> None:
    swaps = 0
    for seed in range(HONEST_RUNS):
        store = MemoryStore()
        live_one_day(seed, (store,))
        swaps += store.state.counter - 1
    assert swaps > HONEST_RUNS, "the runs were too short to rotate"
