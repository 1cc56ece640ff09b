"""Keys at rest: bound to row and way of sending, moved to a new ENCRYPTION_KEY, unreadable without either."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from tests.connections.making import CANARY_KEY, make_connection
from tests.make import entered
from tests.servers.application import ENVIRONMENT
from webapp.connections.keys import open_key, opens, reseal_connection_keys
from webapp.connections.models import Connection
from webapp.connections.service import get_connection, list_connections
from webapp.infra.database import db, unit_of_work
from webapp.infra.sealing import SealBroken
from webapp.ops.maintenance import TASKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

FORMER = ENVIRONMENT["ENCRYPTION_KEY"]
OTHER = FORMER[::-1]
BASE = {"base_url": "https://api.example.com"}


def opened(app: Flask) -> list[str | None]:
    with entered(app), unit_of_work(writes=False):
        return [open_key(each) if opens(each) else None for each in list_connections()]


def reseal(app: Flask) -> int:
    with entered(app), unit_of_work(writes=False):
        return reseal_connection_keys(10)


def test_key_moved_to_another_row_does_not_open(app: Flask) -> None:
    one, two = make_connection(app, name="one", **BASE), make_connection(app, name="two", **BASE)
    with entered(app), unit_of_work():
        stolen = get_connection(one.id).key_sealed
        db.session.execute(update(Connection).where(Connection.id == two.id).values(key_sealed=stolen))
        with pytest.raises(SealBroken):
            open_key(get_connection(two.id))
    assert opened(app) == [CANARY_KEY, None]


@pytest.mark.parametrize(
    "change",
    [
        {"base_url": "https://evil.example"},
        {"base_url": "https://api.example.com/bot-of-mine"},
        {"base_url": "https://API.example.com"},
        {"auth_kind": "query"},
        {"auth_name": "X-Text"},
        {"auth_template": "text {key}"},
        # Each word stands in its own place, whatever stands in the next.
        {"auth_name": "X-KeyToken ", "auth_template": "{key}"},
    ],
    ids=str,
)
def test_key_opens_to_be_sent_as_it_was_typed_for_alone(app: Flask, change: dict[str, str]) -> None:
    words = {"auth_kind": "header", "auth_name": "X-Key", "auth_template": "Token {key}"}
    made = make_connection(app, **BASE, **words)
    with entered(app), unit_of_work():
        db.session.execute(update(Connection).where(Connection.id == made.id).values(**change))
    assert opened(app) == [None]
    with entered(app), unit_of_work():
        db.session.execute(update(Connection).where(Connection.id == made.id).values(**BASE, **words))
    assert opened(app) == [CANARY_KEY]


@pytest.mark.database
def test_keys_move_to_a_new_encryption_key_and_the_former_one_can_go(make_app: Callable[..., Flask]) -> None:
    make_connection(make_app(), **BASE)
    assert opened(make_app(ENCRYPTION_KEY=OTHER)) == [None]
    both = make_app(ENCRYPTION_KEY=OTHER, ENCRYPTION_KEY_FALLBACKS=FORMER)
    assert (opened(both), reseal(both), reseal(both)) == ([CANARY_KEY], 1, 0)
    assert opened(make_app(ENCRYPTION_KEY=OTHER)) == [CANARY_KEY]


def test_key_that_nothing_opens_is_left_as_it_is(make_app: Callable[..., Flask]) -> None:
    make_connection(make_app(), **BASE)
    stranger = make_app(ENCRYPTION_KEY=OTHER, ENCRYPTION_KEY_FALLBACKS="x" * 44)
    assert (reseal(stranger), opened(stranger)) == (0, [None])
    assert (reseal(make_app()), opened(make_app())) == (0, [CANARY_KEY])
    assert "Keys of connections sealed anew" in {each.name for each in TASKS}
