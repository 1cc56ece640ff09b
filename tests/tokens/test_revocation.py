"""Revocation (RFC 7009): one token, by the service it is for, at once and everywhere; nothing is said of any other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from tests.admin.console import events
from tests.make import Program, entered, make_program
from tests.tokens.forged_tokens import parts_of
from tests.tokens.services_world import INACTIVE, REPORTS, ask, describe, make_reports, token_for
from tests.tokens.shown_tokens import Holder, code_of
from webapp.infra.database import db, unit_of_work
from webapp.tokens.models import RevokedToken

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


@pytest.fixture
def program(app: Flask) -> Program:
    return make_program(app)


def revoked(app: Flask) -> list[str]:
    with entered(app), unit_of_work(writes=False):
        return list(db.session.scalars(select(RevokedToken.token_id)))


@pytest.mark.database
def test_revoked_token_is_worthless_at_once_at_every_node(
    app: Flask, make_app: Callable[..., Flask], program: Program
) -> None:
    node, holder = make_app(), Holder(app)
    first = holder.access_token
    for each in (app, node):
        assert describe(each, program, first)["active"] is True
    answer = ask(app, program, first, "revoke")
    assert (answer.status_code, answer.data) == (200, b"")
    for each in (app, node):
        assert describe(each, program, first) == INACTIVE
        called = each.test_client().get("/api/v1/protected", headers={"Authorization": f"Bearer {first}"})
        assert code_of(called) == (401, "invalid_token")
    holder.show()
    assert holder.call().status_code == 200, "the session goes on"


def test_revoking_again_is_harmless_and_told_once(app: Flask, program: Program) -> None:
    holder = Holder(app)
    assert [ask(app, program, holder.access_token, "revoke").status_code for _ in range(3)] == [200] * 3
    assert revoked(app) == [parts_of(holder.access_token)[1]["jti"]]
    (event,) = events(app, "access_token.revoked")
    assert event.account_id == holder.person.id
    assert program.id in event.detail


@pytest.mark.database
def test_one_token_revoked_by_many_at_once_is_revoked_once(app: Flask, program: Program) -> None:
    token = Holder(app).access_token
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(app, program, token, "revoke").status_code, range(8)))
    assert answers == [200] * 8
    assert len(revoked(app)) == 1
    assert len(events(app, "access_token.revoked")) == 1


def test_token_of_another_audience_is_passed_over(app: Flask, program: Program) -> None:
    reports, holder = make_reports(app), Holder(app)
    token = token_for(holder, REPORTS)
    for asker, foreign in ((program, token), (reports, holder.access_token)):
        assert ask(app, asker, foreign, "revoke").status_code == 200
    assert revoked(app) == []
    assert holder.call().status_code == 200
    assert describe(app, reports, token)["active"] is True


def test_what_is_no_access_token_is_passed_over(app: Flask, program: Program) -> None:
    holder = Holder(app)
    for text in ("x", "a.b.c", holder.refresh_tokens[0], "\x00", "é" * 100, "a" * 20_000):
        answer = ask(app, program, text, "revoke")
        assert (answer.status_code, answer.data) == (200, b""), text[:20]
    assert revoked(app) == []
    assert holder.show().status_code == 200
