"""Introspection (RFC 7662): the whole truth about a good token, and one answer for every other."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import text

from tests.make import Program, entered, make_account, make_administrator, make_program
from tests.tokens.dpop_key import BoundCaller
from tests.tokens.forged_tokens import parts_of
from tests.tokens.services_world import INACTIVE, REPORTS, ask, describe, make_reports, token_for
from tests.tokens.shown_tokens import Holder, code_of
from webapp.accounts import service as accounts
from webapp.admin import service as admin
from webapp.core import clock
from webapp.infra.database import db, unit_of_work
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause
from webapp.tokens import clients

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

CALL = "/api/v1/introspect"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def program(app: Flask) -> Program:
    return make_program(app)


@pytest.mark.database
def test_good_token_is_described_whole(app: Flask, program: Program) -> None:
    holder = Holder(app, make_account(app, "ada"))
    answer = ask(app, program, holder.access_token)
    _, claims = parts_of(holder.access_token)
    told = ("scope", "client_id", "exp", "iat", "nbf", "sub", "aud", "iss", "jti", "sid", "auth_time", "amr")
    assert answer.get_json() == {
        "active": True,
        "username": "ada",
        "token_type": "Bearer",
        **{name: claims[name] for name in told},
    }
    assert answer.headers["Cache-Control"] == "no-store"


def test_token_of_a_service_is_known_to_that_service_alone(app: Flask, program: Program) -> None:
    reports, holder = make_reports(app), Holder(app)
    token = token_for(holder, REPORTS)
    assert describe(app, reports, token)["aud"] == REPORTS
    assert describe(app, program, token) == INACTIVE
    assert describe(app, reports, holder.access_token) == INACTIVE


def test_bound_token_shows_its_key(app: Flask, program: Program) -> None:
    caller = BoundCaller(app.test_client(), make_account(app))
    answer = describe(app, program, caller.token)
    assert (answer["token_type"], answer["cnf"]) == ("DPoP", {"jkt": caller.key.thumbprint})


def test_scopes_are_those_that_the_roles_grant_now(app: Flask, program: Program) -> None:
    ada, root = make_administrator(app), make_administrator(app)
    holder = Holder(app, ada)
    assert "admin:write" in describe(app, program, holder.access_token)["scope"]
    with entered(app), unit_of_work():
        account = accounts.hold_account(ada.id)
        accounts.change_roles(account, ["user"], actor_id=root.id)
    assert describe(app, program, holder.access_token)["scope"] == "read:profile write:profile"


def test_session_that_ended_makes_its_tokens_inactive_at_every_node(
    app: Flask, make_app: Callable[..., Flask], program: Program
) -> None:
    node, holder, other = make_app(), Holder(app), Holder(app)
    for each in (holder, other):
        assert describe(node, program, each.access_token)["active"] is True
    with entered(app), unit_of_work():
        sessions.end_all_sessions(holder.person.id, EndCause.ADMINISTRATOR)
        admin.lock_account(other.person.id, "for this test", actor_id=None)
    for each in (holder, other):
        assert describe(node, program, each.access_token) == INACTIVE


def test_token_that_has_run_out_is_inactive(app: Flask, program: Program) -> None:
    holder = Holder(app)
    lifetime = timedelta(seconds=parts_of(holder.access_token)[1]["exp"] - clock.now().timestamp())
    with time_machine.travel(clock.now() + lifetime + timedelta(seconds=11)):
        assert describe(app, program, holder.access_token) == INACTIVE


def test_database_that_is_away_is_no_answer_about_a_token(app: Flask, program: Program) -> None:
    holder = Holder(app)
    with entered(app), unit_of_work():
        db.session.execute(text("ALTER TABLE sessions RENAME TO away"))
    answer = ask(app, program, holder.access_token)
    assert code_of(answer) == (503, "database_unavailable")
    assert "Retry-After" in answer.headers


def test_question_that_cannot_be_read_is_refused(app: Flask, program: Program) -> None:
    unreadable = [
        b"",
        b"token=",
        b"token_type_hint=access_token",
        b"token=a&token=b",
        b"token=%ff",
        b"a&" * 90,
    ]
    refusals = [(body, FORM, (400, "invalid_request")) for body in unreadable]
    refusals += [
        (b'{"token":"x"}', "application/json", (415, "unsupported_media_type")),
        (b"token=x", "text/plain", (415, "unsupported_media_type")),
        (b"token=" + b"x" * 70_000, FORM, (413, "body_too_large")),
    ]
    for body, kind, refusal in refusals:
        answer = app.test_client().post(CALL, data=body, content_type=kind, headers=program.headers)
        assert code_of(answer) == refusal, body[:30]


def test_hints_and_unknown_parameters_are_passed_over(app: Flask, program: Program) -> None:
    token = Holder(app).access_token
    for more in ({"token_type_hint": "refresh_token"}, {"token_type_hint": "x"}, {"resource": "y"}):
        answer = app.test_client().post(CALL, data={"token": token, **more}, headers=program.headers)
        assert answer.get_json()["active"] is True
    asked = app.test_client().post(f"{CALL}?token={token}", data={"x": "y"}, headers=program.headers)
    assert code_of(asked) == (400, "invalid_request")


def test_introspection_is_not_limited_by_address(make_app: Callable[..., Flask]) -> None:
    app = make_app(LIMIT_PER_ADDRESS="3/m", LIMIT_AUTH_PER_ADDRESS="3/15m")
    program = make_program(app)
    assert [ask(app, program, "x").status_code for _ in range(8)] == [200] * 8


def test_use_is_written_down_once_a_minute(app: Flask, program: Program) -> None:
    seen = []
    start = clock.now()
    for seconds in (0, 30, 61):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            ask(app, program, "x")
        with entered(app), unit_of_work(writes=False):
            seen.append(clients.get_client(program.id).last_used_at)
    assert seen == [start, start, start + timedelta(seconds=61)]
