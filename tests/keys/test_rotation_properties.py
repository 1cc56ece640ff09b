"""Rotation over two nodes with clocks of their own: whatever happens in which order, no valid token is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.keys.key_nodes import QUICK, KeyWorld, states

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine
    from flask import Flask

NODE = st.integers(0, 1)
CALM = st.one_of(
    st.tuples(st.just("wait"), st.floats(0.1, 12)),
    st.tuples(st.sampled_from(["sign", "fetch", "verify", "rotate"]), NODE),
)
HURRIED = st.one_of(CALM, st.tuples(st.sampled_from(["rotate_now", "revoke"]), NODE))
# Two nodes whose clocks differ by up to ten seconds.
SKEWS = st.tuples(st.floats(0, 5), st.floats(-5, 0)).map(lambda two: tuple(timedelta(seconds=s) for s in two))


@pytest.fixture
def make_world(
    make_app: Callable[..., Flask], moved_clock: time_machine.Traveller
) -> Callable[[tuple[timedelta, ...]], KeyWorld]:
    # One node keeps a schedule of its own besides.
    nodes = (make_app(**QUICK), make_app(**QUICK, KEY_ROTATION_INTERVAL="90"))

    def make(skews: tuple[timedelta, ...]) -> KeyWorld:
        world = KeyWorld(nodes, skews, moved_clock)
        world.begin()
        return world

    return make


def run(world: KeyWorld, steps: list[tuple[str, float]]) -> None:
    for name, value in steps:
        number = int(value)
        if name == "wait":
            world.wait(value)
        elif name == "rotate_now":
            world.rotate(number, at_once=True)
        elif name == "revoke":
            world.revoke_current(number)
        else:
            getattr(world, name)(number)
        assert list(states(world.nodes[0]).values()).count("current") == 1


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(skews=SKEWS, steps=st.lists(CALM, min_size=40, max_size=60))
def test_no_valid_token_is_refused_and_no_unknown_key_signs(
    make_world: Callable[..., KeyWorld], skews: tuple[timedelta, ...], steps: list[tuple[str, float]]
) -> None:
    run(make_world(skews), steps)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(skews=SKEWS, steps=st.lists(HURRIED, min_size=20, max_size=50))
def test_own_nodes_know_hurried_keys_at_once_and_forget_revoked_ones(
    make_world: Callable[..., KeyWorld], skews: tuple[timedelta, ...], steps: list[tuple[str, float]]
) -> None:
    run(make_world(skews), steps)


def test_worst_clocks_and_the_latest_signature_are_survived(make_world: Callable[..., KeyWorld]) -> None:
    world = make_world((timedelta(0), timedelta(seconds=10)))
    for _ in range(4):
        world.rotate(0)
        for _ in range(40):
            for number in (0, 1):
                world.fetch(number)
                world.sign(number)
                world.verify(number)
            world.wait(1)
    # It went through every state, several times.
    assert sorted(set(states(world.nodes[0]).values())) == ["current", "retired", "retiring"]
