"""A service that receives tokens, and the person who has one made for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.make import Program, make_program
from tests.tokens.shown_tokens import Holder

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

REPORTS = "https://reports.example.org"
INACTIVE = {"active": False}


def ask(
    app: Flask, program: Program, token: str, act: str = "introspect", version: str = "v1"
) -> TestResponse:
    """What the program is told about a token, or that it is to be revoked."""
    path = f"/api/{version}/{act}"
    return app.test_client().post(path, data={"token": token}, headers=program.headers)


def describe(app: Flask, program: Program, token: str) -> dict[str, Any]:
    """The answer of an introspection."""
    answer = ask(app, program, token)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def renew_for(holder: Holder, audience: str | None) -> TestResponse:
    """The person's page asks for a token meant for that audience."""
    return holder.show(body={} if audience is None else {"audience": audience})


def token_for(holder: Holder, audience: str) -> str:
    answer = renew_for(holder, audience)
    assert answer.status_code == 200, answer.text
    return str(answer.get_json()["token"])


def make_reports(app: Flask, *scopes: str) -> Program:
    """The service of reports, with the scopes that its tokens may carry."""
    return make_program(app, REPORTS, *(scopes or ("reports:read",)))
