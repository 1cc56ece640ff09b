"""What nobody expected is answered without its cause, and written down under the request's id."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from tests.make import make_account, sign_in, sign_in_by_api
from tests.servers.shared_routes import serve_too
from webapp.access.guards import page, public
from webapp.core.errors import Conflict
from webapp.core.parts import part
from webapp.infra.database import db
from webapp.keys.ring import KeyRing

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.page_client import PageClient

CANARY = "canary-cause-of-the-failure"


def fail() -> None:
    raise RuntimeError(CANARY)


def fail_in_the_database() -> None:
    db.session.execute(text("SELECT :secret FROM nothing_here"), {"secret": CANARY})


def serve(app: Flask, path: str, view: Any, access: Any = public) -> None:
    serve_too(app, path, access(view))


@pytest.mark.parametrize("path", ["/broken", "/api/v1/broken", "/api/v2/broken", "/.well-known/broken"])
@pytest.mark.parametrize("view", [fail, fail_in_the_database])
def test_answer_says_nothing_of_the_cause(app: Flask, client: FlaskClient, path: str, view: Any) -> None:
    serve(app, path, view)
    answer = client.get(path)
    assert answer.status_code in {500, 503}
    for word in (CANARY, "Traceback", "RuntimeError", "sqlite", "SELECT", "webapp/"):
        assert word not in answer.text
    assert answer.headers["X-Request-ID"] in answer.text


def test_cause_is_logged_with_its_traceback_under_the_request_id(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    serve(app, "/broken", fail)
    client.get("/broken")
    (record,) = [each for each in caplog.records if each.name == "latchkey.web"]
    assert record.levelno == logging.ERROR
    assert record.exc_info
    assert record.exc_info[0] is RuntimeError
    assert (record.route, record.method) == ("/broken", "GET")  # type: ignore[attr-defined]


def test_expected_refusal_is_not_logged_as_a_failure(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> None:
        raise Conflict

    serve(app, "/refused", refuse)
    assert client.get("/refused").status_code == 409
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


def test_person_who_is_signed_in_gets_a_whole_error_page(app: Flask, pages: PageClient) -> None:
    serve(app, "/broken", fail, page())
    sign_in(pages, make_account(app))
    failed = pages.get("/broken")
    assert (failed.status, failed.heading) == (500, "Something failed here")
    assert pages.get("/account").path == "/account"


def test_failure_leaves_no_change_behind(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)

    def half_done() -> Any:
        db.session.execute(text("UPDATE accounts SET display_name = 'half'"))
        fail()

    serve_too(app, "/half", public(half_done), methods=["GET"])
    client.get("/half")
    with app.app_context():
        from webapp.accounts.service import get_account

        assert get_account(person.id).display_name == person.username


@pytest.mark.parametrize("path", ["/login", "/account", "/api/v1/protected", "/.well-known/jwks.json"])
def test_missing_tables_are_503_and_the_reason_is_logged(
    app: Flask, pages: PageClient, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    person = make_account(app)
    sign_in(pages, person)
    token = sign_in_by_api(app.test_client(), person)
    drop_tables(app)
    answer = pages.client.get(path, headers=token)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "no such table" not in answer.text
    (record,) = [each for each in caplog.records if each.name == "latchkey.web"]
    assert "no such table" in record.getMessage()


def drop_tables(app: Flask) -> None:
    with app.app_context():
        part(KeyRing).__init__()  # type: ignore[misc] # it remembers keys
        db.session.execute(text("PRAGMA foreign_keys = OFF"))
        for table in ("sessions", "signing_keys", "account_search", "accounts"):
            db.session.execute(text(f"DROP TABLE {table}"))
        db.session.commit()


def test_values_of_a_failed_statement_are_not_logged(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    def break_a_constraint() -> None:
        values = {"id": CANARY, "name": CANARY}
        db.session.execute(text("INSERT INTO accounts (id, username) VALUES (:id, :name)"), values)

    serve(app, "/broken", break_a_constraint)
    assert client.get("/broken").status_code == 500
    assert "NOT NULL constraint failed" in caplog.text
    assert CANARY not in caplog.text
