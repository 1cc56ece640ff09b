"""Wrong codes after the right password are told to the owner: from the third of a day on, once a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.factors.faces import token_of
from tests.mailbox import letters_to
from tests.make import Person
from tests.signin.faces import FACES
from tests.signin.second_step_faces import SecondStep, make_person_with_app
from webapp.infra.database import db
from webapp.infra.models import SingleUseLink

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def environment() -> dict[str, str]:
    return {"SMTP_URL": "smtp://127.0.0.1:9", "MAIL_FROM": "latchkey@example.org"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def guess_at_once(client: FlaskClient, person: Person, code: str) -> None:
    body = {"username": person.username, "password": person.password, "mfaCode": code}
    assert client.post("/api/v1/login", json=body).get_json()["error"] == "invalid_code"


def number_of_letters(app: Flask, person: Person) -> int:
    return len(letters_to(app, person.email, kind="wrong_codes"))


def number_of_links(app: Flask) -> int:
    with app.app_context():
        query = select(func.count()).select_from(SingleUseLink).where(SingleUseLink.purpose == "not_me")
        return db.session.scalar(query) or 0


@pytest.mark.parametrize("face", FACES)
def test_third_wrong_code_of_a_sign_in_is_told(app: Flask, client: FlaskClient, face: str) -> None:
    person, enrolled = make_person_with_app(app)
    step = SecondStep(face, client, person)
    told = []
    for _ in range(4):
        step.send(enrolled.code(1000))
        told.append(number_of_letters(app, person))
    assert told == [0, 0, 1, 1]
    letter = letters_to(app, person.email, kind="wrong_codes")[0]
    assert letter.subject == "Somebody knows your password: wrong codes were entered"
    assert "/not-me/" in letter.others[0][1]


def test_codes_sent_with_the_password_count_too_whatever_their_kind(app: Flask, client: FlaskClient) -> None:
    person, enrolled = make_person_with_app(app)
    for code in (enrolled.code(1000), "a" * 23, "unfit"):
        guess_at_once(client, person, code)
    assert number_of_letters(app, person) == 1


def test_one_letter_a_day_and_no_link_without_a_letter(app: Flask, client: FlaskClient, clock: Any) -> None:
    person, enrolled = make_person_with_app(app)
    before = number_of_links(app)
    for _ in range(8):
        guess_at_once(client, person, enrolled.code(1000))
    assert (number_of_letters(app, person), number_of_links(app)) == (1, before + 1)
    clock.shift(timedelta(days=1))
    for _ in range(3):
        guess_at_once(client, person, enrolled.code(1000))
    assert number_of_letters(app, person) == 2


def test_slips_while_signed_in_are_not_told(app: Flask, client: FlaskClient) -> None:
    person, enrolled = make_person_with_app(app)
    token = token_of(app, person)
    for _ in range(4):
        body = {"password": person.password, "mfaCode": enrolled.code(1000)}
        assert client.post("/api/v1/proof", headers=token, json=body).status_code == 403
    assert number_of_letters(app, person) == 0
