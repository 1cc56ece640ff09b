"""The second step: after the right password a code or a passkey finishes the sign-in, on the page and at the API."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factors.soft_authenticator import enrol
from tests.make import bearer, make_account, sign_in_by_api
from tests.page_client import PageClient
from tests.signin.faces import FACES, ask, events_of, is_in, session_ids
from tests.signin.second_step_faces import SecondStep, make_person_with_app


def methods_of(app: Flask, account_id: str) -> str:
    from webapp.infra.database import db
    from webapp.sessions.models import Session

    with app.app_context():
        found = db.session.get(Session, session_ids(app, account_id)[-1])
        assert found is not None
        return found.methods


@pytest.mark.parametrize("face", FACES)
def test_code_of_the_app_finishes_the_sign_in(app: Flask, client: FlaskClient, face: str) -> None:
    person, device = make_person_with_app(app)
    step = SecondStep(face, client, person)
    assert not is_in(step.begun) if face == "api" else step.begun.headers["Location"] == "/login/factor"
    assert is_in(step.send(device.code()))
    assert methods_of(app, person.id) == "pwd otp mfa"


@pytest.mark.parametrize("face", FACES)
def test_recovery_code_finishes_the_sign_in_once(app: Flask, client: FlaskClient, face: str) -> None:
    person, device = make_person_with_app(app)
    code = device.recovery_codes[3]
    assert is_in(SecondStep(face, client, person).send(f" {code.upper()} "))
    assert SecondStep(face, app.test_client(), person).send(code).status_code == 401


def test_api_says_what_is_due_in_the_words_of_the_contract(app: Flask, client: FlaskClient) -> None:
    person, _ = make_person_with_app(app)
    refused = ask("api", client, person.username, person.password)
    body = refused.get_json()
    assert (refused.status_code, body["error"]) == (401, "mfa_required")
    assert set(body) == {"error", "message", "request_id", "mfa_token", "methods"}
    assert body["methods"] == ["totp", "recovery_code"]
    assert len(body["mfa_token"]) == 43


def test_code_sent_along_at_the_api_is_taken_at_once(app: Flask, client: FlaskClient) -> None:
    person, device = make_person_with_app(app)
    body = {"username": person.username, "password": person.password, "mfaCode": device.code()}
    answer = client.post("/api/v1/login", json=body)
    assert answer.status_code == 200
    claims = client.get("/api/v1/sessions", headers=bearer(answer.get_json()["token"])).get_json()
    assert claims["sessions"][0]["methods"] == ["pwd", "otp", "mfa"]
    again = app.test_client().post("/api/v1/login", json=body)
    assert (again.status_code, again.get_json()["error"]) == (401, "invalid_code")


def test_code_sent_along_with_a_wrong_password_is_not_looked_at(app: Flask, client: FlaskClient) -> None:
    person, device = make_person_with_app(app)
    body = {"username": person.username, "password": "wrong", "mfaCode": device.code()}
    assert client.post("/api/v1/login", json=body).get_json()["error"] == "invalid_credentials"
    body["password"] = person.password
    assert client.post("/api/v1/login", json=body).status_code == 200


def test_code_sent_along_by_somebody_without_a_factor_does_no_harm(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    body = {"username": person.username, "password": person.password, "mfaCode": "123456"}
    assert client.post("/api/v1/login", json=body).status_code == 200


def test_passkey_finishes_the_sign_in_on_the_page(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    device = enrol(app.test_client(), sign_in_by_api(app.test_client(), person))
    step = SecondStep("page", client, person)
    options = step.ask_passkeys().get_json()["options"]
    assert is_in(step.send_passkey(device.get(options)))
    assert methods_of(app, person.id) == "pwd swk user mfa"


def test_page_leads_on_to_where_the_person_was_going(app: Flask, pages: PageClient) -> None:
    person, device = make_person_with_app(app)
    pages.get("/login?next=/account/devices")
    page = pages.submit("/login", username=person.username, password=person.password)
    assert (page.heading, page.path) == ("One more step", "/login/factor?next=/account/devices")
    assert f"Signing in as {person.username}" in page.text
    assert pages.submit("/login/factor", code=device.code()).path == "/account/devices"


def test_page_asks_for_a_recovery_code_instead(app: Flask, pages: PageClient) -> None:
    person, device = make_person_with_app(app)
    pages.get("/login")
    pages.submit("/login", username=person.username, password=person.password)
    page = pages.click("Use a recovery code")
    assert "inputmode" not in page.get("input[name=code]").attributes
    assert pages.submit(code=device.recovery_codes[0]).path == "/account"


@pytest.mark.parametrize(
    "code", ["", "000000", "12345", "abc", "x" * 61, "\uff11\uff12\uff13\uff14\uff15\uff16"]
)
def test_page_says_what_is_wrong_about_a_code_and_keeps_waiting(
    app: Flask, pages: PageClient, code: str
) -> None:
    person, device = make_person_with_app(app)
    pages.get("/login")
    pages.submit("/login", username=person.username, password=person.password)
    page = pages.submit("/login/factor", code=code)
    assert page.status in {401, 422}
    assert page.find("[aria-invalid=true]") is not None
    assert pages.submit(code=device.code()).path == "/account"


@pytest.mark.parametrize("face", FACES)
def test_browser_that_brought_a_session_keeps_it_until_the_second_step(
    app: Flask, client: FlaskClient, face: str
) -> None:
    from tests.signin.faces import end_cause_of

    other = make_account(app)
    ask("api", client, other.username, other.password)
    person, device = make_person_with_app(app)
    step = SecondStep(face, client, person)
    brought = session_ids(app, other.id)[0]
    assert end_cause_of(app, brought) is None
    assert is_in(step.send(device.code()))
    assert end_cause_of(app, brought) == "signed_in_again"


def test_right_password_alone_is_no_sign_in_in_the_records(app: Flask, client: FlaskClient) -> None:
    person, _ = make_person_with_app(app)
    SecondStep("api", client, person)
    assert events_of(app, "login.succeeded") == []
