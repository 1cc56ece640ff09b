"""Who may use a connection: exactly whoever holds a role that grants its scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.connections.making import make_connection
from tests.make import entered
from webapp.accounts import roles
from webapp.connections import service
from webapp.connections.errors import ConnectionNotFound
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from flask import Flask

HOST = "https://api.example.com"
SCOPE = "use:connection:weather"


def test_scope_granted_beforehand_counts_only_where_it_is_ticked(app: Flask) -> None:
    with entered(app), unit_of_work():
        held = roles.hold_role("support")
        roles.change_role(held, held.description, [*roles.scopes_of(held), SCOPE], actor_id="B" * 26)
        make_connection(app, roles=("user",), base_url=HOST)
        assert service.roles_of(service.get_named("weather")) == ("user",)


def test_connections_are_found_by_the_scopes_that_let_use_them(app: Flask) -> None:
    made = make_connection(app, base_url=HOST)
    make_connection(app, name="weather-2", base_url=HOST, is_enabled=False)
    with entered(app), unit_of_work(writes=False):
        found = service.list_usable(
            {"read:profile", SCOPE, "use:connection:weather-2", "use:connection:gone"}
        )
        assert [each.name for each in found] == ["weather", "weather-2"]
        assert (list(service.list_usable({"read:profile"})), service.get_named("weather").id) == ([], made.id)
        assert service.roles_of(service.get_named("weather")) == ("user",)
        for name in ("gone", "", "WEATHER", "x" * 5000):
            with pytest.raises(ConnectionNotFound):
                service.get_named(name)
