"""A key goes where it was typed for, in the way it was typed for: both are another's only with another key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.admin.console import events
from tests.connections.making import OTHER_KEY, make_connection
from tests.connections.test_service import ACTOR, HOST, change, detail_of, refused
from tests.make import entered
from webapp.connections import service
from webapp.connections.errors import ConnectionChanged
from webapp.connections.keys import open_key
from webapp.core.errors import InvalidInput
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from flask import Flask

    from tests.connections.making import Made

# Of a service with many tenants, each below a path of its own; what one sends there another does not see.
BOT: dict[str, Any] = {
    "base_url": f"{HOST}/bot-of-ours",
    "auth_kind": "header",
    "auth_name": "X-Key",
    "auth_template": "Token {key}",
    "request_headers": ("x-units",),
}
ELSEWHERE: list[dict[str, str]] = [
    {"base_url": "https://evil.example/bot-of-ours"},
    {"base_url": "https://api.example.com:8443/bot-of-ours"},
    {"base_url": "https://api.example.com.evil.example/bot-of-ours"},
    {"base_url": f"{HOST}/bot-of-mine"},
    {"base_url": f"{HOST}/bot-of-ours/more"},
    {"base_url": f"{HOST}/Bot-of-ours"},
    {"base_url": HOST},
    {"auth_name": "X-Text"},
    {"auth_name": "x-key"},
    {"auth_template": "text={key}"},
    {"auth_kind": "query", "auth_name": "text", "auth_template": ""},
    {"auth_kind": "basic", "auth_name": "ada", "auth_template": ""},
    {"auth_kind": "bearer", "auth_name": "", "auth_template": ""},
    {"base_url": f"{HOST}/bot-of-mine", "auth_kind": "query", "auth_name": "text", "auth_template": ""},
]


@pytest.fixture
def made(app: Flask) -> Made:
    return make_connection(app, **BOT)


def replace(app: Flask, made: Made, key: str = OTHER_KEY, **typed: str | None) -> None:
    with entered(app), unit_of_work():
        version = service.version_of(service.get_connection(made.id))
        service.replace_key(made.id, key, version=version, actor_id=ACTOR, **typed)


def sent_so(app: Flask, made: Made) -> dict[str, str]:
    """The key that opens, where it goes and how."""
    with entered(app), unit_of_work(writes=False):
        row = service.get_connection(made.id)
        return {
            "key": open_key(row),
            **{each: getattr(row, each) for each in BOT if each != "request_headers"},
        }


def test_key_that_is_there_is_sent_nowhere_else_and_in_no_other_way(app: Flask, made: Made) -> None:
    before = sent_so(app, made)
    for typed in ELSEWHERE:
        fields = refused(InvalidInput, change, app, made, purpose="Mine now", **typed)
        assert set(fields) == set(typed), typed
        assert all("Use “Replace key”, which takes both together." in each for each in fields.values())
    assert (sent_so(app, made), events(app, "connection.changed")) == (before, [])
    same = {"base_url": f"{HOST.upper()}:443/bot-of-ours/", "auth_name": " X-Key "}
    assert change(app, made, purpose="Another one", **same)


@pytest.mark.parametrize("typed", ELSEWHERE, ids=str)
def test_another_key_takes_both_with_it_and_the_audit_tells_what_changed(
    app: Flask, made: Made, typed: dict[str, str]
) -> None:
    replace(app, made, **typed)
    kept = {each: value for each, value in BOT.items() if each != "request_headers"}
    assert sent_so(app, made) == {**kept, **typed, "key": OTHER_KEY}
    told = detail_of(app, "connection.key_replaced")
    assert (told["before"], told["after"]) == ({each: BOT[each] for each in typed}, typed)


def test_what_is_not_said_with_another_key_stays(app: Flask, made: Made) -> None:
    before = sent_so(app, made)
    replace(app, made, base_url=None, auth_kind=None, auth_template=None)
    assert sent_so(app, made) == before | {"key": OTHER_KEY}
    assert detail_of(app, "connection.key_replaced") == {"name": made.name}


def test_where_and_how_are_judged_as_those_of_a_new_connection(app: Flask, made: Made) -> None:
    before = sent_so(app, made)
    wrong: list[tuple[dict[str, str], set[str]]] = [
        ({"base_url": "ftp://x", "auth_name": "Host", "key": "short"}, {"base_url", "auth_name", "key"}),
        ({"base_url": "http://127.0.0.1"}, {"base_url"}),
        ({"base_url": ""}, {"base_url"}),
        ({"auth_kind": "cookie"}, {"auth_kind"}),
        ({"auth_kind": "query", "auth_name": "a=b"}, {"auth_name"}),
        ({"auth_template": "none"}, {"auth_template"}),
        ({"auth_name": "X-Units"}, {"auth_name"}),
        ({"auth_name": "x" * 9000}, {"auth_name"}),
        ({"auth_template": f"{OTHER_KEY} {{key}}"}, {"auth_template"}),
        ({"base_url": f"{HOST}/{OTHER_KEY}"}, {"base_url"}),
    ]
    for typed, fields in wrong:
        assert set(refused(InvalidInput, replace, app, made, **typed)) == fields, typed
    with entered(app), unit_of_work(), pytest.raises(ConnectionChanged):
        service.replace_key(made.id, OTHER_KEY, version="old", actor_id=ACTOR, base_url=HOST)
    assert (sent_so(app, made), events(app, "connection.key_replaced")) == (before, [])
