"""`POST /verify`: a service asks whom a token speaks for, in one plain answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.make import Program, make_account, make_program
from tests.tokens.dpop_key import BoundCaller
from tests.tokens.forged_tokens import parts_of
from tests.tokens.services_world import REPORTS, make_reports, token_for
from tests.tokens.shown_tokens import Holder, code_of

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse


def ask(app: Flask, program: Program, body: Any, version: str = "v1") -> TestResponse:
    return app.test_client().post(f"/api/{version}/verify", json=body, headers=program.headers)


@pytest.fixture
def program(app: Flask) -> Program:
    return make_program(app)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_good_token_says_whose_it_is(app: Flask, program: Program, version: str) -> None:
    holder = Holder(app, make_account(app, "ada"))
    answer = ask(app, program, {"token": holder.access_token, "scope": "read:profile"}, version)
    assert answer.status_code == 200
    assert answer.get_json() == {
        "user": {"id": holder.person.id, "username": "ada"},
        "scope": "read:profile write:profile",
        "exp": parts_of(holder.access_token)[1]["exp"],
    }


def test_token_of_a_service_is_good_for_its_own_client_alone(app: Flask, program: Program) -> None:
    reports, holder = make_reports(app), Holder(app)
    token = token_for(holder, REPORTS)
    assert ask(app, reports, {"token": token}).status_code == 200
    assert code_of(ask(app, program, {"token": token})) == (401, "invalid_token")
    assert code_of(ask(app, reports, {"token": holder.access_token})) == (401, "invalid_token")


def test_what_is_no_token_of_an_open_session_is_refused(app: Flask, program: Program) -> None:
    holder = Holder(app)
    bound = BoundCaller(app.test_client(), make_account(app))
    assert code_of(ask(app, program, {"token": holder.access_token, "scope": "admin:read"}))[0] == 403
    for text in ("", "a.b.c", "x" * 9000, holder.refresh_tokens[0], bound.token, "é"):
        assert code_of(ask(app, program, {"token": text})) == (401, "invalid_token"), text[:20]
    holder.show(path="/api/v1/logout")
    assert code_of(ask(app, program, {"token": holder.access_token})) == (401, "invalid_token")


def test_question_without_a_client_or_a_readable_body_is_refused(app: Flask, program: Program) -> None:
    holder = Holder(app)
    stranger = Program(program.id, "wrong")
    assert code_of(ask(app, stranger, {"token": holder.access_token})) == (401, "invalid_client")
    nobody = app.test_client().post("/api/v1/verify", json={"token": holder.access_token})
    assert code_of(nobody) == (401, "invalid_client")
    unreadable: list[dict[str, object]] = [
        {},
        {"token": 1},
        {"token": "\x00"},
        {"token": "x", "more": 1},
        {"token": holder.access_token, "scope": 'a"'},
        {"token": holder.access_token, "scope": "a " * 21},
    ]
    assert {ask(app, program, body).status_code for body in unreadable} == {422}
