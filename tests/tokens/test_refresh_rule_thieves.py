"""In an unbound session every copied refresh token dies, or ends the session, once the person has moved on."""

from __future__ import annotations

import os
from collections.abc import Callable
from random import Random

import pytest

from tests.tokens.refresh_people import Browser, Thief
from tests.tokens.refresh_world import (
    AGES,
    DEADLINE,
    GOOD,
    HONEST_AGENT,
    MINUTE,
    NETWORKS,
    OVERLAP,
    SECOND,
    ChainStore,
    MemoryStore,
    Rules,
    World,
)
from webapp.tokens.refresh_rule import digest_user_agent

SOAK = os.environ.get("SOAK") == "1"
RUNS = 5_000 if SOAK else 100
pytestmark = [pytest.mark.soak] if SOAK else []
OTHER_AGENT = digest_user_agent("curl/8.0")

Act = Callable[[Thief, Browser], None]
HABITS: dict[str, tuple[Act, ...]] = {
    "copies once, shows later": (lambda thief, _: thief.show(thief.cookies[:1]),),
    "shows all he holds": (lambda thief, _: thief.show(thief.cookies),),
    "shows his newest, again and again": (lambda thief, _: thief.show(thief.cookies[-1:]),) * 3,
    "copies after each swap": (Thief.copy_cookie, lambda thief, _: thief.show(thief.cookies[-1:])),
    "copies, and waits for the end": (Thief.copy_cookie,),
    "copies access tokens": (Thief.copy_access_token, lambda thief, _: thief.call_api()),
    "does everything": (
        Thief.copy_cookie,
        Thief.copy_access_token,
        lambda thief, _: thief.show(thief.cookies[-2:]),
        lambda thief, _: thief.call_api(),
    ),
}


def share_a_session(world: World, browser: Browser, thief: Thief, habit: tuple[Act, ...]) -> None:
    """Both go about their business for a while, on good and bad networks."""
    random = world.random
    browser.open_tabs(random.choice((1, 2, 10)))
    theft = random.randrange(6)
    for step in range(12):
        world.network = random.choice(NETWORKS)
        world.advance_to_age(random.choice(AGES))
        world.advance(random.choice((0, 0, SECOND, 5 * MINUTE)))
        if step == theft:
            thief.copy_cookie(browser)
            thief.copy_access_token(browser)
        if random.random() < 1 / 2:
            random.choice(habit)(thief, browser)
        random.choice((browser.call_api, browser.reload, lambda: browser.open_tabs(1), lambda: None))()


def refresh_outside_the_overlap(world: World, browser: Browser) -> int:
    """The person comes back when no swap is younger than 2W; returns the number this brings."""
    world.network = GOOD
    browser.close_tabs(len(browser.tabs))
    world.advance(DEADLINE)
    world.advance_to_age(2 * OVERLAP)
    browser.open_tabs(1)
    for _ in range(60):
        if browser.tabs[0].token is None:
            world.advance(SECOND)
    return browser.cookie


def prove_receipt(world: World, browser: Browser, number: int) -> None:
    """Call the API once the cookie is surely on the disk; where the chain has moved on by then, show the cookie."""
    browser.call_api()
    world.advance(DEADLINE)
    state = world.nodes[0].read()
    if state is not None and state.counter != number:
        browser.reload()
        world.advance(MINUTE)


def steal_and_be_outrun(
    seed: int,
    habit: str,
    nodes: tuple[ChainStore, ...],
    rules: Rules | None = None,
) -> World:
    """One run on these nodes; the seed is the run."""
    return be_outrun(World(Random(seed), nodes, rules), habit)


def be_outrun(world: World, habit: str, agent: bytes = HONEST_AGENT) -> World:
    """Shared use, the person's refresh and proof, then everything the thief holds is shown."""
    browser, thief = Browser(world), Thief(world, agent)
    share_a_session(world, browser, thief, HABITS[habit])
    number = refresh_outside_the_overlap(world, browser)
    swapped = world.clock
    if world.random.random() < 1 / 2:  # he may strike again before the proof, but not within W of the person
        world.advance_to_age(OVERLAP + world.random.randrange(OVERLAP))
        thief.call_api()
        thief.show(thief.cookies)
    world.advance(max(0, swapped + 2 * OVERLAP - world.clock))
    prove_receipt(world, browser, number)
    granted = thief.grants
    for _ in range(2):  # a 409 decides nothing: it is shown again
        thief.show(thief.cookies)
        world.advance(2 * DEADLINE)
    assert thief.grants == granted, f"the thief was served after the proof of {number}: {thief.cookies}"
    assert world.ended is not None or not thief.cookies, f"{thief.cookies} ended nothing"
    return world


@pytest.mark.parametrize("habit", HABITS)
def test_every_stolen_token_is_dead_or_ends_the_session_once_the_person_has_moved_on(habit: str) -> None:
    for seed in range(RUNS):
        be_outrun(World(Random(seed), (MemoryStore(),)), habit)


def test_thief_with_another_user_agent_fares_no_better() -> None:
    for seed in range(RUNS):
        be_outrun(World(Random(seed), (MemoryStore(),)), "does everything", OTHER_AGENT)


def test_thief_who_refreshes_within_the_overlap_of_the_person_is_not_told_apart() -> None:
    """The limit of the promise, kept in sight: only a bound session or the absolute limit ends him."""
    world = World(Random(1), (MemoryStore(),))
    browser, thief = Browser(world), Thief(world)
    browser.open_tabs(1)
    world.advance(MINUTE)
    for _ in range(5):
        thief.copy_cookie(browser)
        world.advance_to_age(2 * OVERLAP)
        browser.reload()
        world.advance(OVERLAP // 2)
        thief.show(thief.cookies[-1:])
        world.advance(MINUTE)
    assert world.ended is None
    assert thief.grants == 5
