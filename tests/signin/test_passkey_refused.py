"""A passkey that signs nobody in, on the page and at the API, and what is told about it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.factors.soft_authenticator import SoftAuthenticator
from tests.make import entered
from tests.signin.faces import FACES, events_of, is_in, session_ids
from tests.signin.passkey_faces import OWN, Visit, make_person_with_passkey
from webapp.core import clock

pytestmark = pytest.mark.parametrize("face", FACES)


def test_removed_passkey_is_told_to_be_unknown(app: Flask, client: FlaskClient, face: str) -> None:
    person, device = make_person_with_passkey(app)
    visit = Visit(face, client)
    first = visit.send(device.get(visit.ask()))
    assert is_in(first)
    with entered(app):
        from webapp.factors.service import reset_factors
        from webapp.infra.database import unit_of_work

        with unit_of_work():
            reset_factors(person.id, None)
    visit = Visit(face, app.test_client())
    refused = visit.send(device.get(visit.ask()))
    assert (refused.status_code, is_in(refused)) == (403, False)
    assert "is not registered here, or was removed" in refused.get_data(as_text=True)


def test_answer_after_five_minutes_is_refused(app: Flask, client: FlaskClient, face: str) -> None:
    _, device = make_person_with_passkey(app)
    visit = Visit(face, client)
    options = visit.ask()
    with time_machine.travel(clock.now() + timedelta(minutes=5, seconds=1)):
        refused = visit.send(device.get(options))
    assert (refused.status_code, is_in(refused)) == (403, False)


def test_answer_is_taken_once(app: Flask, client: FlaskClient, face: str) -> None:
    person, device = make_person_with_passkey(app)
    visit = Visit(face, client)
    answer = device.get(visit.ask())
    if face == "api":
        assert is_in(visit.send(answer))
        assert not is_in(visit.send(answer))
    else:
        # The browser begins its page session anew when somebody is in, so the thief has a copy of the one before.
        before = client.get_cookie("__Host-session")
        assert before is not None
        assert is_in(visit.send(answer))
        client.set_cookie("__Host-session", before.value, secure=True)
        assert not is_in(visit.send(answer))
    assert len(session_ids(app, person.id)) == 2


@pytest.mark.database
def test_one_of_twenty_answers_at_once_is_taken(app: Flask, client: FlaskClient, face: str) -> None:
    person, device = make_person_with_passkey(app)
    visit = Visit(face, client)
    answer = device.get(visit.ask())

    def send(_: int) -> bool:
        copy = Visit.__new__(Visit)
        copy.__dict__.update(visit.__dict__, client=app.test_client())
        for name in ("__Host-session",):
            cookie = client.get_cookie(name)
            if cookie is not None:
                copy.client.set_cookie(name, cookie.value, secure=True)
        return is_in(copy.send(answer))

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(send, range(20)))
    assert (sum(found), len(session_ids(app, person.id))) == (1, 2)


def test_another_browser_cannot_bring_the_answer(app: Flask, client: FlaskClient, face: str) -> None:
    _, device = make_person_with_passkey(app)
    mine, theirs = Visit(face, client), Visit(face, app.test_client())
    options = mine.ask()
    theirs.ask()
    refused = theirs.send(device.get(options))
    assert (refused.status_code, is_in(refused)) == (403, False)
    # It was answered, by whomsoever.
    assert not is_in(mine.send(device.get(options)))


def test_locked_account_is_told_so_after_the_right_passkey_only(
    app: Flask, client: FlaskClient, face: str
) -> None:
    person, device = make_person_with_passkey(app)
    with entered(app):
        from webapp.accounts import service
        from webapp.infra.database import unit_of_work

        with unit_of_work():
            service.lock(service.get_account(person.id), "for this test", actor_id=None)
    visit = Visit(face, client)
    assert "is locked" in visit.send(device.get(visit.ask())).get_data(as_text=True)
    wrong = visit.send(device.get(visit.ask(), signature=b"forged"))
    assert (wrong.status_code, "is locked" in wrong.get_data(as_text=True)) == (403, False)


def test_wrong_answers_are_counted_for_the_account_and_shut_nobody_out(
    app: Flask, client: FlaskClient, face: str
) -> None:
    _, device = make_person_with_passkey(app)
    found = []
    for _ in range(11):
        visit = Visit(face, app.test_client())
        options = visit.ask()
        found.append(visit.send(device.get(options, signature=b"forged")).status_code)
    assert found == [403] * 10 + [429]
    assert len(events_of(app, "factor.failed")) == 11
    assert not is_in(visit.send(device.get(options))), "the challenge of a throttled answer is spent too"
    visit = Visit(face, client)
    assert is_in(visit.send(device.get(visit.ask())))


def test_counter_that_did_not_grow_is_refused_and_recorded(
    app: Flask, client: FlaskClient, face: str
) -> None:
    _, device = make_person_with_passkey(app, counts=True, count=7)
    visit = Visit(face, client)
    device.count = 6
    refused = visit.send(device.get(visit.ask()))
    assert (refused.status_code, is_in(refused)) == (403, False)
    assert "counter" in refused.get_data(as_text=True)
    assert '"after":7,"before":7' in events_of(app, "passkey.counter_fell")[0]
    assert is_in(visit.send(device.get(visit.ask())))


def test_addresses_that_guess_on_are_throttled(app: Flask, client: FlaskClient, face: str) -> None:
    visit = Visit(face, client)
    options = visit.ask()
    found = [visit.send(SoftAuthenticator().get(options)).status_code for _ in range(101)]
    assert found[-1] == 429
    path, data = ("/login/passkey/options", {"csrf_token": ""}) if face == "page" else (
        "/api/v1/login/passkey/options", None)  # fmt: skip
    assert client.post(path, data=data, headers=OWN).status_code == 429
