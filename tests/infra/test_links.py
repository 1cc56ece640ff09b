"""Single-use links: looked at freely, spent once, and of no use to a reader of the database."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import select

from tests.make import make_account
from webapp.core import clock
from webapp.infra.database import db, unit_of_work
from webapp.infra.links import LinkUnusable, get_link, make_link, spend_link
from webapp.infra.models import SingleUseLink

if TYPE_CHECKING:
    from flask import Flask

HOUR = timedelta(hours=1)


def make(account_id: str | None = None, lifetime: timedelta = HOUR) -> str:
    with unit_of_work():
        return make_link("setup" if account_id is None else "password_reset", account_id, lifetime)


def spend(token: str) -> None:
    with unit_of_work():
        spend_link(get_link("setup", token))


def reason(token: str) -> object:
    with pytest.raises(LinkUnusable) as unusable, unit_of_work():
        get_link("setup", token)
    return unusable.value.extra["reason"]


@pytest.mark.database
def test_link_can_be_looked_at_often_and_spent_once(at_work: Flask) -> None:
    token = make()
    for _ in range(3):
        with unit_of_work():
            assert get_link("setup", token).account_id is None
    spend(token)
    assert reason(token) == "used"


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 10_000, "\0", "é", "\ud800"])
def test_invented_link_is_unknown(at_work: Flask, token: str) -> None:
    make()
    assert reason(token) == "unknown"


@pytest.mark.database
def test_link_is_expired_from_its_last_moment_on(at_work: Flask) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        token = make()
        traveller.shift(HOUR - timedelta(microseconds=1))
        with unit_of_work():
            link = get_link("setup", token)
        traveller.shift(timedelta(microseconds=1))
        assert reason(token) == "expired"
        with pytest.raises(LinkUnusable), unit_of_work():
            spend_link(link)


@pytest.mark.database
def test_another_link_for_the_same_end_voids_the_first_and_no_others(at_work: Flask) -> None:
    bob, carol = make_account(at_work, "bob"), make_account(at_work, "carol")
    first, second, hers, setup = make(bob.id), make(bob.id), make(carol.id), make()
    with unit_of_work():
        assert get_link("password_reset", second).account_id == bob.id
        assert get_link("password_reset", hers).account_id == carol.id
        assert get_link("setup", setup).account_id is None
        with pytest.raises(LinkUnusable):
            get_link("password_reset", first)


def test_link_of_one_purpose_does_not_serve_another(at_work: Flask) -> None:
    token = make(make_account(at_work, "bob").id)
    assert reason(token) == "unknown"


def test_token_is_not_stored(at_work: Flask) -> None:
    token = make()
    with unit_of_work():
        row = db.session.scalars(select(SingleUseLink)).one()
        assert token.encode() not in row.token_digest
        assert len(row.token_digest) == 32


@pytest.mark.database
def test_of_eight_who_spend_a_link_at_once_one_succeeds(app: Flask) -> None:
    with app.app_context():
        token = make()
    start = threading.Barrier(8)

    def try_it(_: int) -> bool:
        with app.app_context():
            with unit_of_work(writes=False):
                link = get_link("setup", token)
            # All have seen that the link works; the statement that spends it has to decide.
            start.wait(timeout=20)
            try:
                with unit_of_work():
                    spend_link(link)
            except LinkUnusable:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_it, range(8))) == 1
