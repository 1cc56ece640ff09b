"""Introspection of good tokens is answered in front of Flask, with the same words; all else goes the long way."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from flask import Flask

from tests.make import Program, make_program
from tests.tokens.services_world import INACTIVE, REPORTS, make_reports, token_for
from tests.tokens.shown_tokens import Holder, code_of
from webapp.access.quick_introspection import QuickIntrospection

CALL = "/api/v1/introspect"


@pytest.fixture
def program(clock: object, app: Flask) -> Program:
    """A client whose use was written down a moment ago."""
    program = make_program(app)
    ask(app, program, "x")
    return program


@pytest.fixture
def long_ways(program: Program, long_ways: list[str]) -> list[str]:
    """Those since the client is known."""
    return long_ways


def ask(app: Flask, program: Program, token: str, **given: Any) -> Any:
    call: dict[str, Any] = {"data": {"token": token}, **given}
    return app.test_client().post(
        CALL, **{**call, "headers": {**program.headers, **given.get("headers", {})}}
    )


def test_good_token_is_described_before_flask(
    app: Flask, holder: Holder, program: Program, long_ways: list[str]
) -> None:
    answers = [ask(app, program, holder.access_token) for _ in range(3)]
    assert [(each.status_code, each.get_json()["username"]) for each in answers] == [(200, "ada.ö")] * 3
    assert long_ways == []


def test_both_ways_answer_alike(
    app: Flask, holder: Holder, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = ask(app, program, holder.access_token)
    monkeypatch.setattr(QuickIntrospection, "__call__", lambda self, *given: self.application(*given))
    long = ask(app, program, holder.access_token)

    def told(answer: Any) -> dict[str, str]:
        return {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}

    assert (quick.status, quick.data, told(quick)) == (long.status, long.data, told(long))
    assert len(quick.headers["X-Request-ID"]) == 26


def test_token_of_a_service_is_described_to_that_service_alone(
    app: Flask, holder: Holder, program: Program, long_ways: list[str]
) -> None:
    reports = make_reports(app)
    token = token_for(holder, REPORTS)
    assert ask(app, program, token).get_json() == INACTIVE
    ask(app, reports, token)
    long_ways.clear()
    assert ask(app, reports, token).get_json()["aud"] == REPORTS
    assert long_ways == []


def test_token_that_is_over_is_inactive_at_the_next_question(
    app: Flask, holder: Holder, program: Program, long_ways: list[str]
) -> None:
    assert ask(app, program, holder.access_token).get_json()["active"]
    assert ask(app, program, f"{holder.access_token}x").get_json() == INACTIVE
    holder.show(path="/api/v1/logout")
    assert ask(app, program, holder.access_token).get_json() == INACTIVE
    assert len(long_ways) == 3


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"headers": {"Authorization": "Basic eDp5"}}, (401, "invalid_client")),
        ({"headers": {"Authorization": ""}}, (401, "invalid_client")),
        ({"headers": {"Host": "evil.example"}}, (400, "untrusted_host")),
        ({"data": "{}", "content_type": "application/json"}, (415, "unsupported_media_type")),
        ({"data": "token=a&token=b", "content_type": "application/x-www-form-urlencoded"}, (400, "invalid_request")),
        ({"data": b"token=\xff", "content_type": "application/x-www-form-urlencoded"}, (400, "invalid_request")),
        ({"data": ""}, (415, "unsupported_media_type")),
    ],
)  # fmt: skip
def test_what_is_refused_is_refused_by_the_view(
    app: Flask, holder: Holder, program: Program, given: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert code_of(ask(app, program, holder.access_token, **given)) == refusal


def test_use_of_the_client_is_written_down_once_a_minute(
    app: Flask, holder: Holder, program: Program, clock: time_machine.Traveller, long_ways: list[str]
) -> None:
    clock.shift(61)
    assert all(ask(app, program, holder.access_token).get_json()["active"] for _ in range(3))
    assert long_ways == [CALL]
