"""Good tokens at `/verify` are answered in front of Flask, with the same words; all else goes the long way."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from tests.make import make_program
from tests.tokens.refresh_world import START
from tests.tokens.shown_tokens import Holder, code_of
from webapp.access.quick_verify import QuickVerify
from webapp.infra.database import db
from webapp.sessions.models import Session

CALL = "/api/v1/verify?scope=read:profile"


def test_good_token_is_answered_before_flask(holder: Holder, long_ways: list[str]) -> None:
    assert {holder.call(path=CALL).status_code for _ in range(3)} == {204}
    assert long_ways == []
    assert holder.call().status_code == 200
    assert len(long_ways) == 1


def test_both_ways_answer_alike(holder: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = holder.call(path=CALL)
    monkeypatch.setattr(QuickVerify, "__call__", lambda self, *given: self.application(*given))
    long = holder.call(path=CALL)

    def told(answer: Any) -> dict[str, str]:
        return {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}

    assert (quick.status, quick.data, told(quick)) == (long.status, long.data, told(long))
    assert len(quick.headers["X-Request-ID"]) == 26


def test_what_is_refused_elsewhere_is_refused_here(holder: Holder, app: Flask) -> None:
    token = holder.access_token
    service = make_program(app)
    for shown in (f"{token}x", "a.b.c", holder.refresh_tokens[0], "", holder.csrf, holder.device):
        assert holder.call(shown, path=CALL).status_code == 401, shown[:20]
    assert code_of(holder.call(path="/api/v1/verify?scope=admin:read")) == (403, "insufficient_scope")
    assert (
        app.test_client().post("/api/v1/revoke", data={"token": token}, headers=service.headers).status_code
        == 200
    )
    assert code_of(holder.call(path=CALL)) == (401, "invalid_token")
    assert code_of(holder.call()) == (401, "invalid_token")


def test_session_that_ends_is_over_at_the_next_question(holder: Holder) -> None:
    assert holder.call(path=CALL).status_code == 204
    holder.show(path="/api/v1/logout")
    assert code_of(holder.call(path=CALL)) == (401, "session_ended")


def test_use_is_written_down_once_a_minute(
    app: Flask, holder: Holder, clock: time_machine.Traveller, long_ways: list[str]
) -> None:
    clock.shift(61)
    assert [holder.call(path=CALL).status_code for _ in range(3)] == [204] * 3
    assert len(long_ways) == 1
    with app.app_context():
        row = db.session.scalars(select(Session)).one()
        assert (row.last_active_at - START).total_seconds() == 61


def test_token_at_the_proxy_proves_receipt(app: Flask, holder: Holder, clock: time_machine.Traveller) -> None:
    holder.show()
    clock.shift(120)
    assert holder.call(path=CALL).status_code == 204
    with app.app_context():
        assert db.session.scalars(select(Session.received)).one() == 2


def test_token_of_a_void_number_ends_the_session(holder: Holder, clock: time_machine.Traveller) -> None:
    holder.show()
    void = holder.access_token
    clock.shift(90)
    holder.show(holder.refresh_tokens[0])
    clock.shift(60)
    assert code_of(holder.call(void, path=CALL)) == (401, "refresh_token_reused")
