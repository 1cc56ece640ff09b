"""Two nodes at one row: each decides on what it read, and only one of them may write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier, local
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from tests.make import make_account
from tests.tokens.chain_nodes import RowStore, begin_session, node_at_work
from tests.tokens.refresh_world import START
from webapp.infra.database import db, let_go, unit_of_work
from webapp.sessions import service as sessions
from webapp.sessions.models import Session
from webapp.tokens import chain_store, refresh
from webapp.tokens.errors import RefreshRetry
from webapp.tokens.refresh_rule import ChainState
from webapp.tokens.refresh_tokens import RefreshClaims, derive_refresh_token

pytestmark = pytest.mark.database
Nodes = tuple[RowStore, RowStore]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def nodes(make_app: Callable[..., Flask], clock: time_machine.Traveller) -> Nodes:
    first, second = make_app(), make_app()
    session_id = begin_session(first, make_account(first).id)
    return RowStore(first, session_id), RowStore(second, session_id)


@dataclass
class Given:
    """What one refresh brought: the cookie it carries and the number of its access token."""

    cookie: str
    counter: int
    moves_cookie: bool


def refresh_at(node: RowStore, number: int) -> Given:
    with node_at_work(node.app):
        done = refresh.refresh(RefreshClaims("", node.session_id, number))
        row = done.standing.session
        return Given(derive_refresh_token(row), row.counter, done.moves_cookie)


def meet_before_writing(monkeypatch: pytest.MonkeyPatch, name: str, racers: int) -> list[bool]:
    """Let every racer decide before any writes; returns the list to which each write's success is added."""
    meeting, met, wins, write = Barrier(racers, timeout=20), local(), [], getattr(chain_store, name)

    def wait_and_write(*arguments: Any) -> bool:
        if not getattr(met, "once", False):
            met.once = True
            meeting.wait()
        wins.append(write(*arguments))
        return bool(wins[-1])

    monkeypatch.setattr(chain_store, name, wait_and_write)
    return wins


def race(nodes: Nodes, number: int, racers: int = 8) -> list[Given]:
    with ThreadPoolExecutor(racers) as pool:
        return list(pool.map(lambda turn: refresh_at(nodes[turn % 2], number), range(racers)))


def test_one_of_many_racing_nodes_swaps_and_all_give_the_identical_successor(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    wins = meet_before_writing(monkeypatch, "swap", 8)
    given = race(nodes, 1)
    assert wins.count(True) == 1
    assert len({one.cookie for one in given}) == 1
    assert {(one.counter, one.moves_cookie) for one in given} == {(2, True)}


def test_race_for_a_lost_answer_makes_one_successor(
    nodes: Nodes, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = refresh_at(nodes[0], 1)
    clock.shift(90)
    wins = meet_before_writing(monkeypatch, "swap", 8)
    given = race(nodes, 1)
    assert wins.count(True) == 1
    assert {one.counter for one in given} == {3}
    assert lost.cookie not in {one.cookie for one in given}


def test_end_decided_on_a_row_that_moved_is_decided_again(
    nodes: Nodes, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Number 2 looks like a lost database to a node that read the row a moment before number 2 was made."""
    end = chain_store.end
    swapped: list[Given] = []

    def end_too_late(*arguments: Any) -> bool:
        if not swapped:
            with ThreadPoolExecutor(1) as pool:
                swapped.append(pool.submit(refresh_at, nodes[1], 1).result())
        return end(*arguments)

    monkeypatch.setattr(chain_store, "end", end_too_late)
    given = refresh_at(nodes[0], 2)
    assert given == Given(swapped[0].cookie, 2, moves_cookie=False)
    assert nodes[1].read() is not None


def test_receipt_decided_on_a_row_that_moved_is_not_written(
    nodes: Nodes, clock: time_machine.Traveller
) -> None:
    refresh_at(nodes[0], 1)
    read = nodes[0].read()
    assert read is not None
    clock.shift(90)
    refresh_at(nodes[1], 1)
    moved = nodes[1].read()
    assert not nodes[0].swap(read, ChainState(read.counter, 2, read.rotated_at, read.swapper_user_agent))
    assert nodes[0].read() == moved


def test_swap_of_a_session_ended_meanwhile_is_refused(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    read = nodes[0].read()
    assert read is not None
    with nodes[1].app.app_context(), unit_of_work():
        db.session.execute(update(Session).values(ended_at=START, end_cause="administrator"))
    with node_at_work(nodes[0].app):
        row = db.session.get(Session, nodes[0].session_id)
        assert row is not None
        assert not chain_store.swap(row, read, 2, 1, START, b"")


def test_refresh_that_always_comes_second_is_told_to_ask_again(
    nodes: Nodes, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh_at(nodes[0], 1)
    clock.shift(120)
    swap = chain_store.swap

    def swap_after_a_move(*arguments: Any) -> bool:
        moved = db.session.scalars(select(Session.rotated_at)).one()
        assert moved is not None
        db.session.execute(update(Session).values(rotated_at=moved - timedelta(seconds=1)))
        return swap(*arguments)

    monkeypatch.setattr(chain_store, "swap", swap_after_a_move)
    with pytest.raises(RefreshRetry):
        refresh_at(nodes[0], 2)
    assert nodes[0].read() is not None


def test_void_number_found_on_a_row_that_moved_ends_nothing(
    nodes: Nodes, clock: time_machine.Traveller
) -> None:
    for _ in range(2):  # the answer with number 2 is lost, and number 1 claims another
        refresh_at(nodes[0], 1)
        clock.shift(90)
    with node_at_work(nodes[0].app):
        standing = sessions.require_standing(nodes[0].session_id)
        let_go()
        with ThreadPoolExecutor(1) as pool:
            moved = pool.submit(refresh_at, nodes[1], 1).result()
        assert refresh.find_receipt(2, standing) is None
    assert moved.counter == 4
    assert nodes[0].read() is not None
