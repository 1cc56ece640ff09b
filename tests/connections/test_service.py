"""Connections made, changed and deleted: each change once, by whom it was, and roles that say who may use them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.admin.console import events
from tests.connections.making import CANARY_KEY, OTHER_KEY, make_connection
from tests.make import entered
from webapp.accounts import roles
from webapp.connections import service
from webapp.connections.errors import (
    ConnectionChanged,
    ConnectionMade,
    ConnectionNameTaken,
    ConnectionNotFound,
)
from webapp.connections.keys import open_key
from webapp.connections.rows import words_of
from webapp.connections.words import require_words
from webapp.core.errors import InvalidInput, Problem
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from tests.connections.making import Made

HOST = "https://api.example.com"
SCOPE = "use:connection:weather"
ACTOR = "B" * 26


@pytest.fixture
def made(app: Flask) -> Made:
    return make_connection(app, base_url=f"{HOST}/v1", roles=("user",))


def change(app: Flask, made: Made, *, version: str | None = None, **changes: Any) -> bool:
    """Change it as it stands now, unless a `version` is named."""
    with entered(app), unit_of_work():
        row = service.get_connection(made.id)
        words = {name: getattr(words_of(row), name) for name in words_of(row).__slots__}
        version = service.version_of(row) if version is None else version
        asked = require_words(**words | changes)
        return service.change_connection(made.id, asked, version=version, actor_id=ACTOR)


def refused(kind: type[Problem], act: Callable[..., Any], *given: Any, **named: Any) -> dict[str, str]:
    with pytest.raises(kind) as refusal:
        act(*given, **named)
    return refusal.value.fields or {}


def granting(app: Flask) -> list[str]:
    with entered(app), unit_of_work(writes=False):
        return [each.name for each in roles.list_roles() if SCOPE in roles.scopes_of(each)]


def detail_of(app: Flask, name: str) -> dict[str, Any]:
    return dict(json.loads(events(app, name)[-1].detail))


@pytest.mark.database
def test_life_of_a_connection_is_stored_granted_and_told_without_its_key(app: Flask, made: Made) -> None:
    assert (granting(app), SCOPE in detail_of(app, "role.changed")["after"]) == (["user"], True)
    assert change(app, made, paths="/a/*", roles=["support"])
    assert granting(app) == ["support"]
    told = detail_of(app, "connection.changed")
    assert told["before"] == {"paths": ["/*"], "roles": ["user"]}
    assert told["after"] == {"paths": ["/a/*"], "roles": ["support"]}
    with entered(app), unit_of_work():
        row = service.get_connection(made.id)
        assert (open_key(row), CANARY_KEY.encode() in row.key_sealed) == (CANARY_KEY, False)
        assert service.turn(made.id, is_enabled=False, actor_id=ACTOR)
        assert not service.turn(made.id, is_enabled=False, actor_id=ACTOR)
        service.replace_key(made.id, OTHER_KEY, version=service.version_of(row), actor_id=ACTOR)
        assert open_key(service.get_connection(made.id)) == OTHER_KEY
        service.delete_connection(made.id, actor_id=ACTOR)
    assert granting(app) == []
    with entered(app), pytest.raises(ConnectionNotFound):
        service.get_connection(made.id)
    for name in ("connection.created", "connection.changed", "connection.key_replaced", "connection.deleted"):
        found = events(app, name)[-1].detail
        assert ("weather" in found, CANARY_KEY in found) == (True, False), name


def test_form_sent_twice_makes_one_connection(app: Flask) -> None:
    words = {"name": "mail", "purpose": "Letters", "base_url": HOST}
    with entered(app), unit_of_work():
        for _ in range(2):
            try:
                service.create_connection(
                    require_words(**words), CANARY_KEY, connection_id="a" * 26, actor_id=ACTOR
                )
            except ConnectionMade:
                break
        assert [each.id for each in service.list_connections()] == ["a" * 26]
        other = (require_words(**words), CANARY_KEY)
        assert "name" in refused(ConnectionNameTaken, service.create_connection, *other, actor_id=ACTOR)


def test_form_out_of_date_changes_nothing(app: Flask, made: Made) -> None:
    with entered(app), unit_of_work():
        version = service.version_of(service.get_connection(made.id))
    assert change(app, made, purpose="Something else")
    for stale in (version, "", "x" * 9000):
        with pytest.raises(ConnectionChanged):
            change(app, made, version=stale, purpose="A third thing")
    with entered(app), unit_of_work():
        version = service.version_of(service.get_connection(made.id))
        held = roles.hold_role("support")
        roles.change_role(held, held.description, [*roles.scopes_of(held), SCOPE], actor_id=ACTOR)
    # Somebody else let another role use it: the form's ticks are out of date, too.
    with pytest.raises(ConnectionChanged):
        change(app, made, version=version, purpose="A third thing")
    assert granting(app) == ["support", "user"]


def test_change_of_nothing_is_no_change(app: Flask, made: Made) -> None:
    assert not change(app, made)
    assert events(app, "connection.changed") == []


def test_name_stays(app: Flask, made: Made) -> None:
    wrong = {"name": "climate", "base_url": f"{HOST}/v2"}
    assert set(refused(InvalidInput, change, app, made, name="climate")) == {"name"}
    assert set(refused(InvalidInput, change, app, made, **wrong)) == set(wrong)


def test_key_in_another_field_is_refused(app: Flask, made: Made) -> None:
    words = require_words(
        name="other",
        purpose="x",
        base_url=HOST,
        auth_kind="header",
        auth_name="X",
        auth_template=f"{CANARY_KEY} {{key}}",
    )
    with entered(app), unit_of_work():
        given = (words, CANARY_KEY)
        assert list(refused(InvalidInput, service.create_connection, *given, actor_id=ACTOR)) == [
            "auth_template"
        ]
        version = service.version_of(service.get_connection(made.id))
        again = (made.id, CANARY_KEY)
        elsewhere = {"version": version, "base_url": f"{HOST}/{CANARY_KEY}", "actor_id": ACTOR}
        fields = refused(InvalidInput, service.replace_key, *again, **elsewhere)
        assert list(fields) == ["base_url"]
    assert list(refused(InvalidInput, change, app, made, purpose=f"Uses {CANARY_KEY}")) == ["purpose"]


def test_roles_that_cannot_use_it_are_refused_and_nothing_changes(app: Flask, made: Made) -> None:
    for wanted in (["administrator"], ["user", "nobody-here"]):
        assert list(refused(InvalidInput, change, app, made, roles=wanted, purpose="x")) == ["roles"], wanted
    assert (granting(app), events(app, "connection.changed")) == (["user"], [])
