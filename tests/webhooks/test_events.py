"""What stands in a message: ids and public facts, never a name that somebody chose, a reason or an address."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event as sqlalchemy_event

from tests.make import enrol_app, entered, make_account, make_administrator, sign_in_by_api
from tests.webhooks.receiving import make_endpoint, messages
from webapp.accounts import service as accounts
from webapp.core.event_names import EventName
from webapp.infra.database import db, unit_of_work
from webapp.infra.models import AuditEvent
from webapp.webhooks import events
from webapp.webhooks.events import PUBLIC_EVENTS, body_of, public_name_of
from webapp.webhooks.subscriptions import Subscriptions

if TYPE_CHECKING:
    from flask import Flask


def test_every_public_name_comes_from_an_event_and_has_words() -> None:
    assert {public_name_of(each) for each in EventName} - {None} == set(PUBLIC_EVENTS)
    assert [name for name, words in PUBLIC_EVENTS.items() if not words.endswith(".")] == []


@pytest.mark.parametrize("name", sorted(events._SOURCES))
def test_message_takes_only_the_facts_that_are_named(name: str) -> None:
    from webapp.core import clock

    secret = "a thing that nobody else is told"
    detail = {"reason": secret, "address": secret, "device": secret, "mailed": secret, "kid": "k1"}
    event = AuditEvent(name=name, occurred_at=clock.now(), detail=json.dumps(detail), account_id="a" * 26)
    event.address, event.user_agent = "192.0.2.1", secret
    body = json.loads(body_of(event))
    assert (body["type"], body["data"]["account_id"]) == (public_name_of(name), "a" * 26)
    assert (secret in json.dumps(body), "192.0.2.1" in json.dumps(body)) == (False, False)


def test_changes_by_administrators_say_who_did_what_to_whom(app: Flask) -> None:
    root, bob = make_administrator(app, "root"), make_account(app, "bob")
    make_endpoint(app, "https://example.com/", events=list(PUBLIC_EVENTS))
    with entered(app), unit_of_work():
        account = accounts.get_account(bob.id)
        accounts.lock(account, "a private reason", actor_id=root.id)
        accounts.unlock(account, actor_id=root.id)
        accounts.change_roles(account, ["user", "auditor"], actor_id=root.id)
    enrol_app(app, bob, "my own phone")
    found = [json.loads(each.body) for each in messages(app)]
    people = {"account_id": bob.id, "actor_id": root.id}
    assert sorted((each["type"], json.dumps(each["data"], sort_keys=True)) for each in found) == sorted(
        (name, json.dumps(data, sort_keys=True))
        for name, data in (
            ("account.locked", people),
            ("account.unlocked", people),
            ("account.roles_changed", {**people, "before": ["user"], "after": ["auditor", "user"]}),
            ("factor.added", {**_without_session(found), "account_id": bob.id, "factor": "totp"}),
        )
    )


def _without_session(found: list[dict]) -> dict:
    added = next(each["data"] for each in found if each["type"] == "factor.added")
    return {"session_id": added["session_id"]}


def test_sign_in_asks_nothing_for_webhooks(app: Flask) -> None:
    bob = make_account(app, "bob")
    make_endpoint(app, "https://example.com/", events=list(PUBLIC_EVENTS))
    asked: list[str] = []
    with app.app_context():
        engine = db.engine
    app.extensions["latchkey"].get(Subscriptions).forget()
    sqlalchemy_event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    sign_in_by_api(app.test_client(), bob)
    assert len(asked) > 3
    assert [each for each in asked if "webhook" in each] == []
