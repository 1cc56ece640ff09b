"""By what a second step can be taken: asked at each sign-in, so it is one statement."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from tests.factors.faces import FACTORS, factors_of, take, token_of
from tests.make import enrol_app, make_account
from webapp.factors.service import methods_of
from webapp.infra.database import db, unit_of_work


def methods(app: Flask, account_id: str) -> tuple[str, ...]:
    with app.app_context(), unit_of_work(writes=False):
        return methods_of(account_id)


def test_password_alone_is_no_method(app: Flask) -> None:
    assert methods(app, make_account(app).id) == ()


def test_app_and_its_codes_are_methods(app: Flask) -> None:
    person = make_account(app)
    enrol_app(app, person)
    assert methods(app, person.id) == ("totp", "recovery_code")


def test_app_that_was_only_begun_is_none(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    client.post(f"{FACTORS}/totp", headers=token_of(app, person))
    assert methods(app, person.id) == ()


def test_spent_codes_are_none(app: Flask) -> None:
    person = make_account(app)
    for code in enrol_app(app, person).recovery_codes:
        take(app, person, code)
    assert methods(app, person.id) == ("totp",)


def test_they_are_asked_in_one_statement(app: Flask) -> None:
    person = make_account(app)
    enrol_app(app, person)
    statements: list[str] = []
    with app.app_context(), unit_of_work():
        db.session.connection()
        event.listen(db.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        methods_of(person.id)
    assert len(statements) == 1


def test_list_of_factors_says_whether_a_role_asks_for_one(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    assert factors_of(client, token_of(app, person))["required"] is False


def test_list_is_for_who_is_signed_in(client: FlaskClient) -> None:
    assert client.get(FACTORS).status_code == 401
