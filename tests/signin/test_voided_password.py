"""A password that was set aside opens nothing, and says so to nobody but whoever knows it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factors.soft_authenticator import enrol
from tests.make import (
    OTHER_PASSWORD,
    Person,
    enrol_app,
    entered,
    make_account,
    make_reset_path,
    sign_in_by_api,
)
from tests.page_client import PageClient
from tests.signin.faces import FACES, ask, events_of, is_in, seen_by_a_stranger
from tests.signin.passkey_faces import Visit


@pytest.fixture
def person(app: Flask) -> Person:
    return make_account(app)


def void(app: Flask, person: Person) -> None:
    from webapp.infra.database import unit_of_work
    from webapp.recovery.not_me import secure_account

    with entered(app), unit_of_work():
        secure_account(person.id, way="administrator")


@pytest.mark.parametrize("face", FACES)
def test_right_password_is_told_what_to_do(
    app: Flask, client: FlaskClient, person: Person, face: str
) -> None:
    void(app, person)
    refused = ask(face, client, person.username, person.password)
    assert (refused.status_code, is_in(refused)) == (403, False)
    assert "Ask for a reset link and choose another one." in refused.get_data(as_text=True)
    assert "password_voided" in events_of(app, "login.refused")[0]


def test_page_has_the_way_to_a_reset_link(app: Flask, pages: PageClient, person: Person) -> None:
    void(app, person)
    pages.get("/login")
    pages.submit("/login", username=person.username, password=person.password)
    assert pages.click("Choose another password").path == "/forgot-password"


@pytest.mark.parametrize("face", FACES)
def test_wrong_password_is_told_nothing(app: Flask, person: Person, face: str) -> None:
    void(app, person)
    answers = [
        seen_by_a_stranger(ask(face, app.test_client(), name, OTHER_PASSWORD), name)
        for name in (person.username, "nobody")
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("face", FACES)
def test_second_factor_is_not_even_asked_for(
    app: Flask, client: FlaskClient, person: Person, face: str
) -> None:
    device = enrol_app(app, person)
    void(app, person)
    assert ask(face, client, person.username, person.password).status_code == 403
    body = {"username": person.username, "password": person.password, "mfaCode": device.code()}
    assert client.post("/api/v1/login", json=body).get_json()["error"] == "password_voided"


@pytest.mark.parametrize("face", FACES)
def test_passkey_that_somebody_may_have_added_opens_nothing_before_or_after_the_new_password(
    app: Flask, client: FlaskClient, pages: PageClient, person: Person, face: str
) -> None:
    key = enrol(client, sign_in_by_api(client, person))
    void(app, person)
    visit = Visit(face, app.test_client())
    refused = visit.send(key.get(visit.ask()))
    assert (refused.status_code, is_in(refused)) == (403, False)
    pages.get(make_reset_path(app, person))
    pages.submit(password=OTHER_PASSWORD)
    # It was added just before: with the new password the owner is in, and it is gone (see test_passkey_set_aside).
    again = Visit(face, app.test_client())
    assert not is_in(again.send(key.get(again.ask())))
    assert is_in(ask(face, app.test_client(), person.username, OTHER_PASSWORD))


def test_new_password_opens_it_again(app: Flask, pages: PageClient, person: Person) -> None:
    void(app, person)
    pages.get(make_reset_path(app, person))
    pages.submit(password=OTHER_PASSWORD)
    assert is_in(ask("api", app.test_client(), person.username, OTHER_PASSWORD))
