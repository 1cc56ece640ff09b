"""Administrators who leave: somebody who can administer always stays."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.mailbox import letters_to
from tests.make import entered, make_administrator, sign_in_by_api
from tests.profile.test_departure import DELETION, START, TWO_WEEKS, ask_to_go, is_there, maintain
from tests.signin.faces import events_of
from webapp.accounts.models import Account
from webapp.accounts.service import has_administrator
from webapp.infra.database import db, unit_of_work

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient


@pytest.mark.database
def test_last_administrator_cannot_go(app: Flask, client: FlaskClient) -> None:
    root = make_administrator(app)
    answer = ask_to_go(client, root)
    assert (answer.status_code, answer.get_json()["error"]) == (409, "last_administrator")
    make_administrator(app)
    assert ask_to_go(client, root).status_code == 202


@pytest.mark.database
def test_of_two_administrators_who_go_at_once_one_stays(app: Flask) -> None:
    both = [make_administrator(app) for _ in range(2)]
    clients = [app.test_client() for _ in both]
    tokens = [sign_in_by_api(client, person) for client, person in zip(clients, both, strict=True)]
    start = threading.Barrier(2)

    def go(number: int) -> int:
        start.wait(20)
        return clients[number].post(DELETION, headers=tokens[number]).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(go, range(2))) == [202, 409]


@pytest.mark.database
def test_whoever_became_the_last_administrator_meanwhile_is_kept(make_app: Callable[..., Flask]) -> None:
    app = make_app(SMTP_URL="smtp://localhost:2525", MAIL_FROM="latchkey@example.org")
    with time_machine.travel(START, tick=False) as clock:
        root, other = make_administrator(app), make_administrator(app)
        ask_to_go(app.test_client(), root)
        with entered(app), unit_of_work():
            db.session.get_one(Account, other.id).locked_at = START
        clock.shift(TWO_WEEKS)
        assert (maintain(app), is_there(app, root)) == (0, True)
        assert len(letters_to(app, root.email, kind="deletion_cancelled")) == 1
        assert maintain(app) == 0
    assert events_of(app, "deletion.cancelled") == ['{"reason":"last_administrator"}']


def test_administrator_who_is_about_to_go_still_keeps_the_set_up_shut(
    app: Flask, client: FlaskClient
) -> None:
    root, other = make_administrator(app), make_administrator(app)
    ask_to_go(client, root)
    with entered(app), unit_of_work():
        db.session.get_one(Account, other.id).locked_at = START
    with entered(app), unit_of_work(writes=False):
        assert has_administrator()
