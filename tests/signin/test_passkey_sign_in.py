"""Signing in by a passkey alone, on the page and at the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factors.soft_authenticator import BE, BS, UP, UV
from tests.make import entered, refresh
from tests.signin.faces import FACES, is_in, session_ids
from tests.signin.passkey_faces import Visit, make_person_with_passkey
from webapp.core import clock

pytestmark = pytest.mark.parametrize("face", FACES)


def passkey_row(app: Flask) -> Any:
    from webapp.factors.models import Passkey
    from webapp.infra.database import db

    with entered(app):
        return db.session.execute(select(Passkey.sign_count, Passkey.is_synced, Passkey.last_used_at)).one()


@pytest.mark.database
def test_passkey_alone_signs_its_owner_in(app: Flask, client: FlaskClient, face: str) -> None:
    person, device = make_person_with_passkey(app)
    visit = Visit(face, client)
    answer = visit.send(device.get(visit.ask()))
    assert is_in(answer)
    assert len(session_ids(app, person.id)) == 2


def test_nobody_is_named_in_what_the_browser_is_asked(app: Flask, client: FlaskClient, face: str) -> None:
    make_person_with_passkey(app)
    options = Visit(face, client).ask()
    assert options | {"challenge": ""} == {
        "challenge": "", "timeout": 300_000, "rpId": "localhost", "allowCredentials": [],
        "userVerification": "required",
    }  # fmt: skip


@pytest.mark.parametrize(("flags", "method"), [(UP | UV | BE | BS, "swk"), (UP | UV, "hwk")])
def test_session_says_that_it_was_begun_with_both_factors(
    app: Flask, client: FlaskClient, face: str, flags: int, method: str
) -> None:
    from webapp.infra.database import db
    from webapp.sessions.models import Session

    person, device = make_person_with_passkey(app, flags=flags)
    visit = Visit(face, client)
    visit.send(device.get(visit.ask()))
    with entered(app):
        row = db.session.get(Session, session_ids(app, person.id)[-1])
        assert row is not None
        assert row.methods == f"{method} user mfa"


def test_answer_without_a_user_handle_is_taken(app: Flask, client: FlaskClient, face: str) -> None:
    _, device = make_person_with_passkey(app)
    visit = Visit(face, client)
    assert is_in(visit.send(device.get(visit.ask(), user_handle=None)))


def test_use_is_remembered(app: Flask, client: FlaskClient, face: str) -> None:
    _, device = make_person_with_passkey(app, flags=UP | UV | BE, counts=True)
    device.flags |= BS
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        moment, visit = clock.now(), Visit(face, client)
        visit.send(device.get(visit.ask()))
    assert tuple(passkey_row(app)) == (1, True, moment)


def test_session_before_it_in_this_browser_ends(app: Flask, client: FlaskClient, face: str) -> None:
    _, device = make_person_with_passkey(app)
    visit = Visit(face, client)
    assert is_in(visit.send(device.get(visit.ask())))
    headers = refresh(client)
    again = Visit("api", client)
    assert is_in(again.send(device.get(again.ask())))
    assert client.get("/api/v1/profile", headers=headers).status_code == 401


def test_owner_gets_in_while_others_guess_at_the_password(app: Flask, client: FlaskClient, face: str) -> None:
    person, device = make_person_with_passkey(app)
    for _ in range(12):
        body = {"username": person.username, "password": "not the password"}
        refused = app.test_client().post("/api/v1/login", json=body)
    assert refused.status_code == 429
    visit = Visit(face, client)
    assert is_in(visit.send(device.get(visit.ask())))
