"""The first sign-in on a browser not seen before: an event, and a letter with a way to say that it was not oneself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.mailbox import letters_to, path_of
from tests.make import Person, make_account, make_reset_path, sign_in_by_api
from tests.page_client import PageClient
from tests.signin.faces import FACES, ask, events_of, is_in
from tests.signin.second_step_faces import SecondStep, make_person_with_app

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
KIND = "new_device"


@pytest.fixture
def environment() -> dict[str, str]:
    return {"SMTP_URL": "smtp://127.0.0.1:9", "MAIL_FROM": "latchkey@example.org"}


@pytest.fixture
def person(app: Flask) -> Person:
    """Somebody who has signed in before, elsewhere."""
    person = make_account(app)
    sign_in_by_api(app.test_client(), person)
    return person


def sign_in_with(client: FlaskClient, person: Person, agent: str = FIREFOX) -> None:
    body = {"username": person.username, "password": person.password}
    answer = client.post("/api/v1/login", json=body, headers={"User-Agent": agent})
    assert answer.status_code == 200


def test_letter_names_device_address_and_time(app: Flask, client: FlaskClient, person: Person) -> None:
    with time_machine.travel(datetime(2030, 5, 1, 12, 30, tzinfo=UTC), tick=False):
        sign_in_with(client, person)
    [letter] = letters_to(app, person.email, kind=KIND)
    text = " ".join(letter.paragraphs)
    assert "Device: Firefox on Linux. Address: 127.0.0.1. Time: 1 May 2030, 12:30 UTC." in text
    assert "Firefox on Linux" in letter.subject
    assert events_of(app, "device.first_seen") == ['{"address":"127.0.0.1","device":"Firefox on Linux"}']


def test_letter_has_a_way_to_say_that_it_was_not_oneself(
    app: Flask, client: FlaskClient, pages: PageClient, person: Person
) -> None:
    sign_in_with(client, person)
    [letter] = letters_to(app, person.email, kind=KIND)
    assert [label.startswith("This wasn") for label, _ in letter.others] == [True]
    assert pages.get(path_of(letter.others[0][1])).status == 200


@pytest.mark.parametrize("face", FACES)
def test_very_first_sign_in_surprises_nobody(app: Flask, client: FlaskClient, face: str) -> None:
    person = make_account(app)
    assert is_in(ask(face, client, person.username, person.password))
    assert letters_to(app, person.email, kind=KIND) == []
    assert events_of(app, "device.first_seen") == []


@pytest.mark.parametrize("face", FACES)
def test_second_sign_in_in_the_same_browser_is_nothing_new(
    app: Flask, client: FlaskClient, person: Person, face: str
) -> None:
    for _ in range(2):
        assert is_in(ask(face, client, person.username, person.password))
        client.delete_cookie("__Host-session", domain="localhost")
    assert len(letters_to(app, person.email, kind=KIND)) == 1


def test_browser_of_another_account_is_new_to_this_one(
    app: Flask, client: FlaskClient, person: Person
) -> None:
    sign_in_by_api(client, make_account(app))
    sign_in_by_api(client, person)
    assert len(letters_to(app, person.email, kind=KIND)) == 1


def test_browser_that_opened_the_reset_link_is_known(app: Flask, pages: PageClient, person: Person) -> None:
    pages.get(make_reset_path(app, person))
    pages.submit(password="nine green kites over water")
    assert is_in(ask("api", pages.client, person.username, "nine green kites over water"))
    assert letters_to(app, person.email, kind=KIND) == []


def test_password_without_the_second_step_is_no_sign_in(app: Flask, client: FlaskClient) -> None:
    person, device = make_person_with_app(app)
    SecondStep("api", app.test_client(), person).send(device.recovery_codes[0])
    step = SecondStep("api", client, person)
    assert letters_to(app, person.email, kind=KIND) == []
    assert is_in(step.send(device.code()))
    assert len(letters_to(app, person.email, kind=KIND)) == 1


def test_unverified_address_is_written_to_by_nobody(app: Flask, client: FlaskClient) -> None:
    person = make_account(app, verified=False)
    sign_in_by_api(app.test_client(), person)
    sign_in_by_api(client, person)
    assert letters_to(app, person.email, kind=KIND) == []
    assert len(events_of(app, "device.first_seen")) == 1


def test_mailbox_cannot_be_filled_and_devices_are_bounded(app: Flask, person: Person) -> None:
    from webapp.accounts.service import get_account
    from webapp.signin.devices import read_device
    from webapp.signin.known_devices import MOST_DEVICES, list_devices

    for _ in range(MOST_DEVICES + 5):
        sign_in_by_api(app.test_client(), person)
    assert len(letters_to(app, person.email, kind=KIND)) == 20
    with app.app_context():
        assert len(list_devices(get_account(person.id), read_device(None))) == MOST_DEVICES


@pytest.mark.database
def test_twenty_sign_ins_at_once_in_one_new_browser_are_told_once(app: Flask, person: Person) -> None:
    first = app.test_client()
    sign_in_by_api(first, make_account(app))
    cookie = first.get_cookie("__Host-device")
    assert cookie is not None

    def sign_in(_: int) -> bool:
        client = app.test_client()
        client.set_cookie("__Host-device", cookie.value, domain="localhost", secure=True)
        return ask("api", client, person.username, person.password).status_code in {200, 503}

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(sign_in, range(20)))
    assert len(letters_to(app, person.email, kind=KIND)) == 1
