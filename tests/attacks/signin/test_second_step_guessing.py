"""Whoever knows the password guesses codes in vain, and keeps the owner out of no browser they have used."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.factors.soft_authenticator import SoftAuthenticator, enrol
from tests.make import Authenticator, Person, make_account, sign_in_by_api
from tests.page_client import PageClient
from tests.signin.faces import FACES, ask, events_of, is_in
from tests.signin.second_step_faces import COOKIES, SecondStep, lets_in, make_person_with_app

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


def make_known(app: Flask, person: Person, device: Authenticator) -> FlaskClient:
    """A browser in which the owner has signed in before."""
    client = app.test_client()
    assert is_in(SecondStep("api", client, person).send(device.recovery_codes[9]))
    return client


def guess_on(app: Flask, person: Person, times: int) -> list[int]:
    """Wrong codes from browsers that nobody has seen, as many sign-ins as that takes."""
    statuses: list[int] = []
    step = SecondStep("api", app.test_client(), person)
    for number in range(times):
        if number % 5 == 0 and number:
            step = SecondStep("api", app.test_client(), person)
        statuses.append(step.send("000000").status_code)
    return statuses


def set_failures(app: Flask, person: Person, count: int) -> None:
    from webapp.accounts.models import Account
    from webapp.infra.database import db, unit_of_work

    values = {"failures_in_a_row": count, "factor_failures_in_a_row": count}
    with app.app_context(), unit_of_work():
        db.session.execute(update(Account).where(Account.id == person.id).values(**values))


@pytest.mark.parametrize("face", FACES)
def test_fifth_wrong_code_ends_the_sign_in(app: Flask, client: FlaskClient, face: str) -> None:
    person, device = make_person_with_app(app)
    step = SecondStep(face, client, person)
    statuses = [step.send("000000").status_code for _ in range(5)]
    assert statuses == [401] * 5 if face == "api" else [401] * 4 + [303]
    assert not lets_in(step.send(device.code()))
    assert is_in(SecondStep(face, client, person).send(device.code()))


def test_page_says_after_the_fifth_wrong_code_where_to_go_on(app: Flask, pages: PageClient) -> None:
    person, _ = make_person_with_app(app)
    pages.get("/login")
    pages.submit("/login", username=person.username, password=person.password)
    page = [pages.submit("/login/factor", code="000000") for _ in range(5)][-1]
    assert (page.path, "Too many wrong codes. Sign in again." in page.text) == ("/login", True)


@pytest.mark.parametrize("turn", [timedelta(minutes=9, seconds=59), timedelta(0)])
def test_turn_of_a_window_gives_no_more_tries(app: Flask, client: FlaskClient, turn: timedelta) -> None:
    with time_machine.travel(START + turn, tick=False) as clock:
        person, _ = make_person_with_app(app)
        step = SecondStep("api", client, person)
        codes = [step.send("000000").get_json()["error"] for _ in range(4)]
        clock.shift(timedelta(minutes=2))
        codes += [step.send("000000").get_json()["error"] for _ in range(2)]
    assert codes == ["invalid_code"] * 5 + ["second_step_over"]


@pytest.mark.database
@pytest.mark.limits
def test_twenty_wrong_codes_at_once_are_five(app: Flask, client: FlaskClient) -> None:
    person, _ = make_person_with_app(app)
    step = SecondStep("api", client, person)

    def send(_: int) -> str:
        return str(step.elsewhere(app.test_client(), *COOKIES).send("000000").get_json()["error"])

    with ThreadPoolExecutor(20) as pool:
        codes = list(pool.map(send, range(20)))
    assert (codes.count("invalid_code"), codes.count("second_step_over")) == (5, 15)
    assert len(events_of(app, "factor.failed")) == 5


def test_right_password_again_gives_no_more_codes_to_guess(app: Flask) -> None:
    person, device = make_person_with_app(app)
    assert guess_on(app, person, 12) == [401] * 10 + [429] * 2
    assert SecondStep("api", app.test_client(), person).send(device.code()).status_code == 429


@pytest.mark.parametrize("face", FACES)
def test_guessing_keeps_the_owner_out_of_no_browser_they_have_used(app: Flask, face: str) -> None:
    person, device = make_person_with_app(app)
    known = make_known(app, person, device)
    guess_on(app, person, 11)
    set_failures(app, person, 100)
    assert [ask("api", app.test_client(), person.username, "wrong").status_code for _ in range(11)][-1] == 429
    assert is_in(SecondStep(face, known, person).send(device.code()))


def test_hundred_wrong_codes_in_a_row_close_the_step_to_strangers(app: Flask) -> None:
    person, device = make_person_with_app(app)
    known = make_known(app, person, device)
    stranger = SecondStep("api", app.test_client(), person)
    set_failures(app, person, 100)
    assert stranger.send(device.code()).get_json()["error"] == "invalid_code"
    assert is_in(SecondStep("api", known, person).send(device.code()))


def test_passkey_opens_what_guessing_has_closed(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    device: SoftAuthenticator = enrol(app.test_client(), sign_in_by_api(app.test_client(), person))
    step = SecondStep("page", client, person)
    set_failures(app, person, 100)
    assert is_in(step.send_passkey(device.get(step.ask_passkeys().get_json()["options"])))
    assert (
        ask("api", app.test_client(), person.username, person.password).get_json()["error"] == "mfa_required"
    )


def test_wrong_passkeys_end_the_sign_in_too(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    device = enrol(app.test_client(), sign_in_by_api(app.test_client(), person))
    step = SecondStep("page", client, person)
    options = step.ask_passkeys().get_json()["options"]
    wrong = SoftAuthenticator()
    statuses = [step.send_passkey(wrong.get(options)).status_code for _ in range(5)]
    assert statuses == [403] * 4 + [303]
    assert step.ask_passkeys().status_code == 401
    assert not lets_in(step.send_passkey(device.get(options)))
