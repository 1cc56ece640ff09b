"""Who reads the mailbox of an account with a second factor gains no guesses at its codes by resetting the password."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from tests.factors.faces import account_of
from tests.make import OTHER_PASSWORD, Person, enrol_app, make_account, make_reset_path
from tests.page_client import PageClient
from webapp.accounts.models import Account
from webapp.factors.codes import MOST_FAILURES_IN_A_ROW
from webapp.infra.database import db, unit_of_work
from webapp.signin import known_devices
from webapp.signin.models import KnownDevice


def reset(app: Flask, client: FlaskClient, person: Person) -> None:
    pages = PageClient(client)
    pages.get(make_reset_path(app, person))
    assert pages.submit(password=OTHER_PASSWORD).path == "/login"


def number_of_devices(app: Flask, person: Person) -> int:
    with app.app_context():
        query = select(func.count()).select_from(KnownDevice).where(KnownDevice.account_id == person.id)
        return db.session.scalar(query) or 0


def fail_often(app: Flask, person: Person) -> None:
    with app.app_context(), unit_of_work():
        statement = update(Account).where(Account.id == person.id)
        db.session.execute(statement.values(factor_failures_in_a_row=MOST_FAILURES_IN_A_ROW))


def guess(client: FlaskClient, person: Person, code: str) -> tuple[str, str]:
    body = {"username": person.username, "password": OTHER_PASSWORD, "mfaCode": code}
    answer = client.post("/api/v1/login", json=body).get_json()
    return answer.get("error", ""), answer.get("message", "")


def test_browser_that_resets_is_a_stranger_to_the_codes(app: Flask) -> None:
    person = make_account(app)
    enrolled = enrol_app(app, person)
    codes = []
    for _ in range(2):
        client = app.test_client()
        reset(app, client, person)
        codes += [guess(client, person, enrolled.code(1000))[0] for _ in range(6)]
    assert codes == ["invalid_code"] * 10 + ["too_many_attempts"] * 2
    assert number_of_devices(app, person) == 0


def test_reset_keeps_the_count_of_wrong_codes(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    enrolled = enrol_app(app, person)
    fail_often(app, person)
    reset(app, client, person)
    assert account_of(app, person).factor_failures_in_a_row == MOST_FAILURES_IN_A_ROW
    code, message = guess(client, person, enrolled.code())
    assert (code, "Too many wrong codes" in message) == ("invalid_code", True)
    assert "reset" not in message


def test_browser_that_resets_is_known_where_there_is_no_second_factor(
    app: Flask, client: FlaskClient
) -> None:
    person = make_account(app)
    reset(app, client, person)
    assert number_of_devices(app, person) == 1


def test_resets_make_no_more_devices_known_than_an_account_can_have(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_devices, "MOST_DEVICES", 2)
    person = make_account(app)
    for _ in range(4):
        reset(app, app.test_client(), person)
    assert number_of_devices(app, person) == 2
