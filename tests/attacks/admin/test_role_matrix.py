"""Every endpoint of the console for every role: what a role does not open stays shut, by link and by direct POST."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import inspect, text

from tests.attacks.admin.console_endpoints import ENDPOINTS, READ, SUPPORT, WRITE
from tests.connections.making import make_connection
from tests.factors.faces import open_page_session
from tests.make import Person, entered, make_account, make_program
from tests.page_client import PageClient
from tests.webhooks.receiving import make_endpoint, queue_test
from webapp.accounts.roles import create_role
from webapp.infra.database import db, unit_of_work
from webapp.keys.facts import list_facts
from webapp.keys.rotation import ensure_signing_key

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.routing import Rule

# Who somebody is, and what of the console is open to them.
ROLES = {
    "user": (),
    "auditor": (READ,),
    "support": (READ, SUPPORT),
    "administrator": (READ, SUPPORT, WRITE),
    "writer": (WRITE,),
    "held-back": (),
}
# 413: the page that a file leads to which is too large.
ANSWERED = {200, 303, 400, 404, 409, 413, 422}
# After it nobody is signed in any more.
LAST = "POST /admin/sessions/end-all"
# Where 26 letters would not be a path of the route.
MADE_UP = {"event_id": "4000000000"}
# Written by being asked at all.
LEFT_OUT = {"audit_events", "audit_hours", "audit_segments", "figures", "sessions"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one route, and the scope that the table says."""

    name: str
    method: str
    rule: Rule
    scope: str


@dataclass(frozen=True, slots=True)
class House:
    """People of every role, each signed in, and what there is to be looked at and acted on."""

    app: Flask
    clients: dict[str, FlaskClient]
    tokens: dict[str, str]
    there: dict[str, str]

    def ask(self, who: str, endpoint: Endpoint, **there: str) -> int:
        """Open it or send its form, with all that a form of one's own page has; the status."""
        client, path = self.clients[who], self.path_of(endpoint, there)
        if endpoint.method == "GET":
            return client.get(path).status_code
        fields = {"csrf_token": self.tokens[who], "reason": "malice", "account": there.get("account_id", "")}
        return client.post(path, data=fields).status_code

    def path_of(self, endpoint: Endpoint, there: dict[str, str]) -> str:
        """A path of this route: to what is there, else to something made up."""
        values: dict[str, Any] = {}
        for name, converter in endpoint.rule._converters.items():
            choices = sorted(getattr(converter, "items", ()))
            values[name] = there.get(name, choices[0] if choices else MADE_UP.get(name, "a" * 26))
        found = endpoint.rule.build(values)
        assert found is not None, endpoint.name
        return found[1]

    def digest(self) -> str:
        """Of every row that no mere question writes."""
        found = sha256()
        with entered(self.app), unit_of_work(writes=False):
            for table in sorted(set(inspect(db.engine).get_table_names()) - LEFT_OUT):
                rows = db.session.execute(text(f'SELECT * FROM "{table}"')).all()
                found.update(repr((table, sorted(map(repr, rows)))).encode())
        return found.hexdigest()


def endpoints_of(app: Flask) -> list[Endpoint]:
    found = []
    for rule in app.url_map.iter_rules():
        if rule.rule == "/admin" or rule.rule.startswith("/admin/"):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                name = f"{method} {rule.rule}"
                found.append(Endpoint(name, method, rule, ENDPOINTS.get(name, "")))
    return sorted(found, key=lambda each: (each.name == LAST, each.name))


@pytest.fixture
def house(app: Flask) -> House:
    with entered(app), unit_of_work():
        create_role("writer", "Changes things unseen.", [WRITE], actor_id="")
        ensure_signing_key()
    bob, program = make_account(app, "bob"), make_program(app, "parcels", "parcels:read")
    connection = make_connection(app, base_url="https://api.example.com")
    with entered(app), unit_of_work(writes=False):
        kid = list_facts()[0].kid
    clients, tokens = {"signed out": app.test_client()}, {}
    for who in ROLES:
        # Somebody who is held back would administer, were their address verified.
        roles = ("user", "administrator" if who == "held-back" else who)
        clients[who], tokens[who] = enter(
            app, make_account(app, who, roles=roles, verified=who != "held-back")
        )
    tokens["signed out"] = token_of(clients["signed out"], "/login")
    there = {"account_id": bob.id, "client_id": program.id, "kid": kid, "name": "writer", "event_id": "1"}
    there["connection_id"] = connection.id
    there["endpoint_id"] = make_endpoint(app, "https://hooks.example.com/events").id
    there["message_id"] = queue_test(app, there["endpoint_id"])
    return House(app, clients, tokens, there)


def enter(app: Flask, person: Person) -> tuple[FlaskClient, str]:
    client = app.test_client()
    open_page_session(app, PageClient(client), person)
    return client, token_of(client, "/account")


def token_of(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).get_data(as_text=True))
    assert found is not None
    return found[1]


def test_every_endpoint_stands_in_the_table_and_declares_what_it_says(app: Flask) -> None:
    found = endpoints_of(app)
    assert {each.name for each in found} ^ set(ENDPOINTS) == set()
    views: dict[str, Any] = dict(app.view_functions)
    accesses = {each.name: (each, views[each.rule.endpoint].access) for each in found}
    assert {name: access.scope for name, (_, access) in accesses.items()} == ENDPOINTS
    acts = [access for each, access in accesses.values() if each.method != "GET"]
    assert [access for access in acts if not access.proof] == []
    assert {access.kind for _, access in accesses.values()} == {"page"}


def test_what_a_role_does_not_open_is_refused_and_changes_nothing(house: House) -> None:
    wrong, before = [], house.digest()
    for endpoint in endpoints_of(house.app):
        # Whoever is signed out is led to sign in.
        answers = {"signed out": (house.ask("signed out", endpoint, **house.there), 303)}
        for who, scopes in ROLES.items():
            if endpoint.scope not in scopes:
                answers[who] = house.ask(who, endpoint, **house.there), 403
        wrong += [(endpoint.name, who, got) for who, (got, due) in answers.items() if got != due]
    assert (wrong, house.digest()) == ([], before)


def test_what_a_role_opens_is_answered(house: House) -> None:
    """Acts on what is not there, lest one of them takes away what the next is about."""
    wrong = []
    for endpoint in endpoints_of(house.app):
        there = house.there if endpoint.method == "GET" else {}
        for who, scopes in ROLES.items():
            if endpoint.scope in scopes and (answer := house.ask(who, endpoint, **there)) not in ANSWERED:
                wrong.append((endpoint.name, who, answer))
    assert wrong == []
