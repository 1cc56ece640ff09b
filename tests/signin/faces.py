"""The two faces of signing in, asked the same: a page's form and a call of the API."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from tests.make import entered
from tests.page_client import PageClient

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

FACES = ("page", "api")
# What differs from one answer to the next, whoever asks: the request's name, CSRF values, the cookie that holds one.
_PASSING = re.compile(r'"request_id":"[^"]*"|name="csrf_token" value="[^"]*"')
_PASSING_HEADERS = {"X-Request-Id", "Set-Cookie", "Date"}


@dataclass(frozen=True)
class Answer:
    """What a stranger can compare: everything but what changes with each request."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...]
    cookies: tuple[str, ...]


def ask(face: str, client: FlaskClient, username: str, password: str) -> TestResponse:
    """One sign-in; the page's form is opened first, as its CSRF value needs."""
    if face == "api":
        return client.post("/api/v1/login", json={"username": username, "password": password})
    pages = PageClient(client)
    token = pages.get("/login").get("input[name=csrf_token]").attributes["value"]
    return client.post("/login", data={"csrf_token": token, "username": username, "password": password})


def is_in(response: TestResponse) -> bool:
    """Whether this answer signs somebody in."""
    refresh_cookie = any("__Host-refresh_token" in each for each in response.headers.getlist("Set-Cookie"))
    assert refresh_cookie == (response.status_code in {200, 303})
    return refresh_cookie


def seen_by_a_stranger(response: TestResponse, username: str) -> Answer:
    """The answer without what changes each time, and without the name that was typed."""
    body = _PASSING.sub("", response.get_data(as_text=True)).replace(username, "NAME")
    headers = tuple(
        sorted(
            (name, value)
            for name, value in response.headers.items()
            if name.title() not in _PASSING_HEADERS and name != "Content-Length"
        )
    )
    cookies = tuple(sorted(each.partition("=")[0] for each in response.headers.getlist("Set-Cookie")))
    return Answer(response.status_code, body, headers, cookies)


def set_cookies(response: TestResponse) -> dict[str, dict[str, str]]:
    """Attributes by cookie, lower case; a flag has the value ''. `value` is the cookie's own."""
    found = {}
    for line in response.headers.getlist("Set-Cookie"):
        first, *rest = line.split("; ")
        name, _, value = first.partition("=")
        pairs = [each.partition("=") for each in rest]
        found[name] = {"value": value} | {key.lower(): text for key, _, text in pairs}
    return found


def events_of(app: Flask, name: str) -> list[str]:
    """The details of every event of that name, oldest first, as they are stored."""
    from webapp.infra.database import db
    from webapp.infra.models import AuditEvent

    with entered(app):
        query = select(AuditEvent.detail).where(AuditEvent.name == name).order_by(AuditEvent.id)
        return list(db.session.scalars(query))


def end_cause_of(app: Flask, session_id: str) -> str | None:
    """Why the session ended, as it is stored; None while it is open."""
    from webapp.infra.database import db
    from webapp.sessions.models import Session

    with entered(app):
        cause: str | None = db.session.scalar(select(Session.end_cause).where(Session.id == session_id))
        return cause


def session_ids(app: Flask, account_id: str) -> list[str]:
    """Every session of the account, oldest first."""
    from webapp.infra.database import db
    from webapp.sessions.models import Session

    with entered(app):
        query = select(Session.id).where(Session.account_id == account_id)
        return list(db.session.scalars(query.order_by(Session.created_at)))
