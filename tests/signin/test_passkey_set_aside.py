"""A passkey that is older than the securing of its account: alone it opens nothing, whoever holds it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.factors.faces import token_of
from tests.factors.soft_authenticator import enrol
from tests.make import OTHER_PASSWORD, Person, entered, make_reset_path
from tests.page_client import PageClient
from tests.signin.faces import FACES, is_in, session_ids
from tests.signin.passkey_faces import Visit, make_person_with_passkey
from tests.signin.second_step_faces import SecondStep, lets_in
from webapp.accounts.notices import NOT_ME_LIFETIME
from webapp.factors.service import list_factors
from webapp.infra.database import unit_of_work
from webapp.recovery.not_me import Way, secure_account

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

    from tests.factors.soft_authenticator import SoftAuthenticator

START = datetime(2030, 5, 1, 12, tzinfo=UTC)
WAYS: tuple[Way, ...] = ("activity", "letter", "administrator")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as travelled:
        yield travelled


def secure(app: Flask, person: Person, way: Way) -> Person:
    """Secure the account and choose a new password, by whatever way; the person as they are then."""
    with entered(app), unit_of_work():
        secure_account(person.id, way=way)
    pages = PageClient(app.test_client())
    pages.get(make_reset_path(app, person))
    pages.submit(password=OTHER_PASSWORD)
    return Person(person.id, person.username, person.email, OTHER_PASSWORD)


def show(app: Flask, face: str, device: SoftAuthenticator) -> TestResponse:
    visit = Visit(face, app.test_client())
    return visit.send(device.get(visit.ask()))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("face", FACES)
def test_passkey_of_before_signs_in_alone_no_more(
    app: Flask, clock: time_machine.Traveller, face: str, way: Way
) -> None:
    person, device = make_person_with_passkey(app)
    assert is_in(show(app, face, device))
    clock.shift(NOT_ME_LIFETIME + timedelta(seconds=1))
    secure(app, person, way)
    before = len(session_ids(app, person.id))
    refused = show(app, face, device)
    assert (refused.status_code, is_in(refused)) == (403, False)
    assert "it no longer signs in alone" in refused.get_data(as_text=True)
    assert len(session_ids(app, person.id)) == before
    if face == "api":
        assert refused.get_json()["error"] == "passkey_set_aside"


def test_passkey_added_in_the_same_moment_is_set_aside(app: Flask) -> None:
    person, device = make_person_with_passkey(app)
    secure(app, person, "activity")
    assert not is_in(show(app, "api", device))


def test_it_is_still_the_second_step_after_the_password(app: Flask) -> None:
    person, device = make_person_with_passkey(app)
    step = SecondStep("page", app.test_client(), secure(app, person, "activity"))
    assert lets_in(step.send_passkey(device.get(step.ask_passkeys().get_json()["options"])))


@pytest.mark.parametrize("face", FACES)
def test_passkey_added_afterwards_signs_in_alone(
    app: Flask, clock: time_machine.Traveller, face: str
) -> None:
    person, _ = make_person_with_passkey(app)
    person = secure(app, person, "activity")
    clock.shift(1)
    device = enrol(app.test_client(), token_of(app, person))
    assert is_in(show(app, face, device))


@pytest.mark.parametrize("face", FACES)
def test_voided_password_is_told_first(app: Flask, clock: time_machine.Traveller, face: str) -> None:
    person, device = make_person_with_passkey(app)
    clock.shift(NOT_ME_LIFETIME + timedelta(seconds=1))
    with entered(app), unit_of_work():
        secure_account(person.id, way="letter")
        assert len(list_factors(person.id).passkeys) == 1
    refused = show(app, face, device)
    assert "Ask for a reset link and choose another one." in refused.get_data(as_text=True)
