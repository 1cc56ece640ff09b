"""Two administrators at one connection in the same moment: one of them changes it, the other is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.console import enter, events
from tests.admin.test_roles_at_once import at_once
from tests.connections.making import CANARY_KEY, make_connection
from tests.make import entered, make_administrator
from webapp.admin.connection_forms import as_written
from webapp.connections.service import list_connections
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from flask import Flask

    from tests.admin.test_roles_at_once import Form

LIST = "/admin/connections"
GOOD = {"purpose": "Forecasts", "base_url": "https://api.example.com"}


def form_at(app: Flask, who: str, path: str, **values: str) -> Form:
    """A form with all its fields, as the browser of an administrator of that name would send it."""
    pages = enter(app, make_administrator(app, who))
    hidden = pages.get(path).form(path).find_all("input[type=hidden]")
    kept = {each.attributes["name"]: each.attributes["value"] for each in hidden}
    return pages, path, {**as_written(), **GOOD, **values, **kept}


@pytest.mark.database
def test_of_two_changes_at_once_one_is_made(app: Flask) -> None:
    path = f"{LIST}/{make_connection(app, base_url=GOOD['base_url']).id}/edit"
    forms = [
        form_at(app, who, path, purpose=f"Of {who}", roles=role)
        for who, role in (("one", "user"), ("two", "support"))
    ]
    assert at_once(forms) == [303, 409]
    assert len(events(app, "connection.changed")) == 1


@pytest.mark.database
def test_of_two_connections_of_one_name_at_once_one_is_made(app: Flask) -> None:
    forms = [
        form_at(app, who, f"{LIST}/new", name="mail", key_credential=CANARY_KEY) for who in ("one", "two")
    ]
    assert at_once(forms) == [303, 422]
    with entered(app), unit_of_work(writes=False):
        assert [each.name for each in list_connections()] == ["mail"]


@pytest.mark.database
def test_connection_deleted_twice_at_once_is_deleted_once(app: Flask) -> None:
    path = f"{LIST}/{make_connection(app, base_url=GOOD['base_url']).id}/delete"
    assert at_once([form_at(app, who, path, name="weather") for who in ("one", "two")]) == [303, 303]
    assert len(events(app, "connection.deleted")) == 1
