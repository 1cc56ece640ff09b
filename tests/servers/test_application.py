"""The application that tests ask for is the product's own, on a database and a store that nobody else uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.make import make_account, make_administrator
from webapp.accounts import service
from webapp.infra.database import db

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from tests.servers.live import LiveServer


@pytest.mark.database
@pytest.mark.parametrize("username", ["ada", "Ada"])
def test_database_of_a_test_is_empty_until_it_fills_it(at_work: Flask, username: str) -> None:
    assert not service.has_administrator()
    make_administrator(at_work, username)
    assert service.has_administrator()


@pytest.mark.database
def test_test_marked_database_runs_on_the_kind_it_names(at_work: Flask, database_kind: str) -> None:
    assert db.engine.dialect.name == database_kind


def test_two_nodes_see_the_same_accounts(make_app: Callable[..., Flask]) -> None:
    person = make_account(make_app(), "ada")
    with make_app(BCRYPT_ROUNDS="5").app_context():
        assert service.get_account(person.id).username == "ada"


@pytest.mark.limits
def test_test_marked_limits_has_the_store_it_names(
    app: Flask, limits_kind: str, redis_url: str | None
) -> None:
    assert (redis_url is None) == (limits_kind == "memory")


def test_live_server_prints_its_set_up_link_and_stops_when_asked(live_server: LiveServer) -> None:
    assert (live_server.find_setup_link() or "").startswith(f"{live_server.url}/setup/")
    assert live_server.stop() == 0
