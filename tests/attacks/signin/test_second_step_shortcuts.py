"""The second step cannot be skipped, repeated, taken out of order or finished by somebody else."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.make import OTHER_PASSWORD, Person, entered, make_reset_path
from tests.page_client import PageClient
from tests.signin.faces import FACES, events_of, is_in, session_ids
from tests.signin.second_step_faces import COOKIES, SecondStep, lets_in, make_person_with_app

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


def change_password(app: Flask, person: Person) -> None:
    pages = PageClient(app.test_client())
    pages.get(make_reset_path(app, person))
    assert pages.submit(password=OTHER_PASSWORD).heading == "Sign in"


def void_password(app: Flask, person: Person) -> None:
    from webapp.accounts.service import get_account
    from webapp.core import clock
    from webapp.infra.database import unit_of_work

    with entered(app), unit_of_work():
        get_account(person.id).password_voided_at = clock.now()


def remove_factors(app: Flask, person: Person) -> None:
    from webapp.factors.service import reset_factors
    from webapp.infra.database import unit_of_work

    with entered(app), unit_of_work():
        reset_factors(person.id, None)


def is_over(face: str, response: TestResponse) -> bool:
    """At the API a code of its own; the page leads back to the password."""
    if face == "api":
        return bool(response.get_json()["error"] == "second_step_over")
    return bool(response.headers.get("Location", "").partition("?")[0] == "/login" and not lets_in(response))


@pytest.mark.parametrize("path", ["/account", "/account/second-step", "/admin"])
def test_waiting_sign_in_opens_no_page(app: Flask, client: FlaskClient, path: str) -> None:
    person, _ = make_person_with_app(app)
    SecondStep("page", client, person)
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/login")


def test_waiting_sign_in_opens_nothing_of_the_api(app: Flask, client: FlaskClient) -> None:
    person, _ = make_person_with_app(app)
    step = SecondStep("api", client, person)
    for headers in ({"Authorization": f"Bearer {step.token}"}, {"Authorization": f"DPoP {step.token}"}):
        assert client.get("/api/v1/profile", headers=headers).status_code == 401
    assert client.post("/api/v1/refresh", headers={"X-CSRF-TOKEN": step.token}).status_code == 401


@pytest.mark.parametrize("face", FACES)
def test_finished_sign_in_cannot_be_finished_again(app: Flask, client: FlaskClient, face: str) -> None:
    person, device = make_person_with_app(app)
    step = SecondStep(face, client, person)
    thief = step.elsewhere(app.test_client(), *COOKIES)
    assert is_in(step.send(device.code()))
    again = thief.send(device.recovery_codes[0])
    assert is_over(face, again)
    assert len(session_ids(app, person.id)) == 2  # that of the enrolment, and this one


def test_second_step_of_another_browser_is_refused_on_the_page(app: Flask, client: FlaskClient) -> None:
    person, device = make_person_with_app(app)
    step = SecondStep("page", client, person)
    thief = step.elsewhere(app.test_client(), "__Host-session")
    assert is_over("page", thief.send(device.code()))
    assert is_in(step.send(device.code()))


@pytest.mark.parametrize("face", FACES)
def test_what_began_at_one_face_is_not_finished_at_the_other(
    app: Flask, client: FlaskClient, face: str
) -> None:
    person, device = make_person_with_app(app)
    step = SecondStep(face, client, person)
    if face == "page":
        with client.session_transaction(base_url="https://localhost") as cookie:
            step.token = cookie["pending"]
        step.face = "api"
    else:
        page = SecondStep("page", client, person)
        with client.session_transaction(base_url="https://localhost") as cookie:
            cookie["pending"] = step.token
        step = page
    assert is_over(step.face, step.send(device.code()))


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(("seconds", "is_good"), [(599, True), (600, False), (86_400, False)])
def test_second_step_has_ten_minutes(
    app: Flask, client: FlaskClient, face: str, seconds: int, is_good: bool
) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person, device = make_person_with_app(app)
        step = SecondStep(face, client, person)
        clock.shift(timedelta(seconds=seconds))
        answer = step.send(device.code())
    assert is_in(answer) if is_good else is_over(face, answer)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("act", [change_password, void_password, remove_factors])
def test_second_step_ends_with_what_it_rests_on(
    app: Flask, client: FlaskClient, face: str, act: Callable[[Flask, Person], None]
) -> None:
    person, device = make_person_with_app(app)
    step = SecondStep(face, client, person)
    act(app, person)
    answer = step.send(device.code())
    assert answer.status_code == 401 or is_over(face, answer)
    assert not lets_in(answer)


@pytest.mark.parametrize("face", FACES)
def test_account_locked_meanwhile_says_so_after_the_right_code_only(
    app: Flask, client: FlaskClient, face: str
) -> None:
    from webapp.accounts.service import get_account, lock
    from webapp.infra.database import unit_of_work

    person, device = make_person_with_app(app)
    step = SecondStep(face, client, person)
    with app.app_context(), unit_of_work():
        lock(get_account(person.id), "Badge stolen", actor_id=None)
    assert "locked" not in step.send("000000").get_data(as_text=True)
    refused = step.send(device.code())
    assert (refused.status_code, "This account is locked" in refused.get_data(as_text=True)) == (403, True)
    assert events_of(app, "login.succeeded") == []


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "é" * 43, "a" * 65, None, 7, ["a"]])
def test_token_that_was_made_up_finishes_nothing(client: FlaskClient, token: object) -> None:
    answer = client.post("/api/v1/login/mfa", json={"mfa_token": token, "code": "123456"})
    assert answer.status_code in {401, 422}


def test_page_of_the_second_step_without_a_password_leads_to_it(pages: PageClient) -> None:
    assert pages.get("/login/factor?next=/account").path == "/login?next=/account"
    token = pages.get("/login").get("input[name=csrf_token]").attributes["value"]
    assert pages.post("/login/factor", {"csrf_token": token, "code": "123456"}).path == "/login"


@pytest.mark.database
@pytest.mark.parametrize("face", FACES)
def test_one_of_twenty_right_answers_at_once_is_taken(app: Flask, client: FlaskClient, face: str) -> None:
    person, device = make_person_with_app(app)
    step = SecondStep(face, client, person)
    before = len(session_ids(app, person.id))
    codes = [device.code(), *device.recovery_codes] * 2

    def send(code: str) -> bool:
        return lets_in(step.elsewhere(app.test_client(), *COOKIES).send(code))

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(send, codes[:20])) == 1
    assert len(session_ids(app, person.id)) == before + 1
    assert len(events_of(app, "recovery_code.used")) <= 1
