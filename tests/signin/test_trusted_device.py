"""A trusted browser: for 30 days the password is enough there, and the factor is asked for what needs a fresh proof."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.factors.faces import token_of
from tests.factors.soft_authenticator import enrol
from tests.make import OTHER_PASSWORD, Authenticator, Person, bearer, enrol_app, entered, make_account
from tests.signin.faces import FACES, ask, events_of, is_in
from tests.signin.second_step_faces import SecondStep, make_person_with_app, sign_in_and_trust

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as travelling:
        yield travelling


@pytest.fixture
def trusted(app: Flask, client: FlaskClient, clock: time_machine.Traveller) -> tuple[Person, Authenticator]:
    person, device = make_person_with_app(app)
    sign_in_and_trust(client, person, device)
    clock.shift(timedelta(minutes=1))
    return person, device


def needs_factor(client: FlaskClient, person: Person, password: str | None = None) -> bool:
    answer = ask("api", client, person.username, password or person.password)
    if answer.status_code == 200:
        return False
    assert answer.get_json()["error"] == "mfa_required", answer.get_data(as_text=True)
    return True


@pytest.mark.parametrize("face", FACES)
def test_password_is_enough_in_a_trusted_browser(
    app: Flask, client: FlaskClient, trusted: tuple[Person, Authenticator], face: str
) -> None:
    assert is_in(ask(face, client, trusted[0].username, trusted[0].password))
    assert needs_factor(app.test_client(), trusted[0])
    assert len(events_of(app, "device.trusted")) == 1


def test_browser_is_not_trusted_unasked(app: Flask, client: FlaskClient) -> None:
    person, device = make_person_with_app(app)
    assert is_in(SecondStep("page", client, person).send(device.code()))
    assert needs_factor(client, person)


def test_trust_lasts_thirty_days(
    client: FlaskClient, trusted: tuple[Person, Authenticator], clock: time_machine.Traveller
) -> None:
    clock.move_to(START + timedelta(days=30) - timedelta(seconds=1))
    assert not needs_factor(client, trusted[0])
    clock.move_to(START + timedelta(days=30))
    assert needs_factor(client, trusted[0])


def test_sign_in_by_trust_is_no_fresh_proof(
    client: FlaskClient, trusted: tuple[Person, Authenticator]
) -> None:
    person, device = trusted
    token = bearer(ask("api", client, person.username, person.password).get_json()["token"])
    refused = client.post("/api/v1/password", headers=token, json={"password": OTHER_PASSWORD})
    assert refused.get_json()["error"] == "insufficient_user_authentication"
    assert client.get("/api/v1/proof", headers=token).get_json()["fresh_until"] is None
    body = {"password": person.password, "mfaCode": device.code()}
    assert client.post("/api/v1/proof", headers=token, json=body).status_code == 204
    assert (
        client.post("/api/v1/password", headers=token, json={"password": OTHER_PASSWORD}).status_code == 204
    )


def change_password(app: Flask, person: Person) -> None:
    token = token_of(app, person)
    client = app.test_client()
    assert (
        client.post("/api/v1/password", headers=token, json={"password": OTHER_PASSWORD}).status_code == 204
    )


def add_factor(app: Flask, person: Person) -> None:
    enrol(app.test_client(), token_of(app, person))


def remove_one_factor(app: Flask, person: Person) -> None:
    made = app.test_client().get("/api/v1/factors", headers=token_of(app, person)).get_json()["totp"][0]["id"]
    enrol(app.test_client(), token_of(app, person))
    answer = app.test_client().delete(f"/api/v1/factors/{made}", headers=token_of(app, person))
    assert answer.status_code == 204


def begin_factors_anew(app: Flask, person: Person) -> None:
    from webapp.factors.service import reset_factors
    from webapp.infra.database import unit_of_work

    with entered(app), unit_of_work():
        reset_factors(person.id, None)
    enrol_app(app, person)


def forget_all(app: Flask, person: Person) -> None:
    from webapp.infra.database import unit_of_work
    from webapp.signin.known_devices import forget_all_devices

    with entered(app), unit_of_work():
        assert forget_all_devices(person.id) == 1


@pytest.mark.parametrize(
    "act", [change_password, add_factor, remove_one_factor, begin_factors_anew, forget_all]
)
def test_trust_ends_with_what_it_rests_on(
    app: Flask,
    client: FlaskClient,
    trusted: tuple[Person, Authenticator],
    act: Callable[[Flask, Person], None],
) -> None:
    act(app, trusted[0])
    password = OTHER_PASSWORD if act is change_password else trusted[0].password
    assert needs_factor(client, trusted[0], password)


def test_copied_device_cookie_is_worth_nothing_once_the_device_is_forgotten(
    app: Flask, client: FlaskClient, trusted: tuple[Person, Authenticator]
) -> None:
    thief = app.test_client()
    cookie = client.get_cookie("__Host-device")
    assert cookie is not None
    thief.set_cookie("__Host-device", cookie.value, domain="localhost", secure=True)
    forget_all(app, trusted[0])
    assert needs_factor(thief, trusted[0])


def test_trust_in_one_account_says_nothing_of_another(
    app: Flask, client: FlaskClient, trusted: tuple[Person, Authenticator]
) -> None:
    other = make_account(app)
    enrol_app(app, other)
    assert needs_factor(client, other)


def test_wrong_password_is_refused_in_a_trusted_browser_too(
    client: FlaskClient, trusted: tuple[Person, Authenticator]
) -> None:
    refused = ask("api", client, trusted[0].username, OTHER_PASSWORD)
    assert refused.get_json()["error"] == "invalid_credentials"
